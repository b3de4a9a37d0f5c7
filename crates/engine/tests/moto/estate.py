"""A small estate of two accounts for the engine's tests: `seed` makes it, `change` changes it as people do."""
import json, sys

import boto3

REGIONS = ["eu-west-1", "us-east-1"]
OTHER = "222222222222"


def other():
    """A session in the other account, as its role."""
    role = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{OTHER}:role/SecurityMonkey", RoleSessionName="seed"
    )["Credentials"]
    return boto3.Session(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"])


def seed():
    for session in [boto3.Session(), other()]:
        iam = session.client("iam", "us-east-1")
        iam.create_user(UserName="ann")
        iam.create_access_key(UserName="ann")
        iam.create_user(UserName="bob")
        iam.put_user_policy(
            UserName="bob",
            PolicyName="all",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
            ),
        )
        for region in REGIONS:
            ec2 = session.client("ec2", region)
            vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
            for name in ["open", "closed"]:
                group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
                if name == "open":
                    allow(ec2, group, 22)
            session.client("sqs", region).create_queue(QueueName="jobs")
            session.client("sns", region).create_topic(Name="news")
    s3 = boto3.client("s3", "us-east-1")
    s3.create_bucket(Bucket="public-bucket")
    s3.put_bucket_policy(
        Bucket="public-bucket",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "Everybody",
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::public-bucket/*",
                    }
                ],
            }
        ),
    )


def allow(ec2, group, port):
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ],
    )


def change():
    """A group opens, a policy goes, a user goes, a queue comes."""
    ec2 = other().client("ec2", "eu-west-1")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["closed"]}])["SecurityGroups"]
    allow(ec2, groups[0]["GroupId"], 3389)
    boto3.client("s3", "us-east-1").delete_bucket_policy(Bucket="public-bucket")
    iam = boto3.client("iam", "us-east-1")
    iam.delete_user_policy(UserName="bob", PolicyName="all")
    iam.delete_user(UserName="bob")
    boto3.client("sqs", "us-east-1").create_queue(QueueName="more-jobs")


{"seed": seed, "change": change}[sys.argv[1]]()
