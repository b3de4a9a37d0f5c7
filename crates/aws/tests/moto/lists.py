"""Three of everything that the test of pages lists, on the fake AWS that AWS_ENDPOINT_URL names."""

import json

import boto3

iam, logs, dynamodb, route53, ec2 = (
    boto3.client(name, region_name="us-east-1") for name in ("iam", "logs", "dynamodb", "route53", "ec2"))
for number in range(3):
    iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    logs.create_log_group(logGroupName=f"group-{number}")
    dynamodb.create_table(TableName=f"table-{number}", BillingMode="PAY_PER_REQUEST",
                          AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                          KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
route53.create_hosted_zone(Name="example.org.", CallerReference="1")
