"""An estate on a fake AWS, read by boto3: one JSON line per call with what boto3 made of the answer.

Run by the test `client_moto`, with AWS_ENDPOINT_URL naming the server. Prints the calls with their parameters, so that
the Rust client can make the same ones against the same estate and be compared.
"""

import base64
import datetime
import io
import json
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole",
                   "Condition": {"StringEquals": {"sts:ExternalId": "x & <y>"}}}],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}]}
CONFIG = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, parameter_validation=True)
_clients = {}


def client(service, region=REGION):
    key = (service, region)
    if key not in _clients:
        _clients[key] = boto3.client(service, region_name=region, config=CONFIG)
    return _clients[key]


def archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("handler.py", "def handler(event, context): return event\n")
    return data.getvalue()


def seed():
    """Makes the estate; returns the identifiers that calls need."""
    ids = {}
    iam = client("iam")
    iam.create_user(UserName="alice", Path="/people/", Tags=[{"Key": "team", "Value": "blå & <grün>"}])
    iam.create_user(UserName="bob")
    ids["key"] = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    iam.create_login_profile(UserName="alice", Password="Correct-horse-1")
    iam.create_group(GroupName="admins")
    iam.add_user_to_group(GroupName="admins", UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="inline", PolicyDocument=json.dumps(POLICY))
    iam.put_group_policy(GroupName="admins", PolicyName="group-inline", PolicyDocument=json.dumps(POLICY))
    ids["policy"] = iam.create_policy(PolicyName="everything", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=ids["policy"], PolicyDocument=json.dumps(POLICY), SetAsDefault=True)
    iam.attach_group_policy(GroupName="admins", PolicyArn=ids["policy"])
    ids["role"] = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST),
                                  Description="reads", MaxSessionDuration=7200)["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="role-inline", PolicyDocument=json.dumps(POLICY))
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="reader")
    iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True)
    iam.create_account_alias(AccountAlias="estate")

    s3 = client("s3")
    s3.create_bucket(Bucket="estate-one")
    s3.create_bucket(Bucket="estate-two", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_policy(Bucket="estate-one", Policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::estate-one/*"}]}))
    s3.put_bucket_versioning(Bucket="estate-one", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_encryption(Bucket="estate-one", ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]})
    s3.put_bucket_tagging(Bucket="estate-one", Tagging={"TagSet": [{"Key": "a", "Value": "b&c"}]})
    s3.put_public_access_block(Bucket="estate-one", PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False})
    s3.put_bucket_lifecycle_configuration(Bucket="estate-one", LifecycleConfiguration={
        "Rules": [{"ID": "old", "Filter": {"Prefix": "log/"}, "Status": "Enabled", "Expiration": {"Days": 7}}]})
    s3.put_bucket_cors(Bucket="estate-one", CORSConfiguration={
        "CORSRules": [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 60}]})
    s3.put_bucket_website(Bucket="estate-one", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_bucket_ownership_controls(Bucket="estate-one", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
    s3.put_bucket_acl(Bucket="estate-one", ACL="public-read")

    ec2 = client("ec2")
    ids["vpc"] = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ids["subnet"] = ec2.create_subnet(VpcId=ids["vpc"], CidrBlock="10.1.1.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    ids["subnet2"] = ec2.create_subnet(VpcId=ids["vpc"], CidrBlock="10.1.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"]
    ids["group"] = ec2.create_security_group(GroupName="open", Description="open <to> all", VpcId=ids["vpc"])["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=ids["group"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "ssh"}],
         "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}])
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    run = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=ids["subnet"], SecurityGroupIds=[ids["group"]],
                            UserData="#!/bin/sh\necho hello", TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}])
    ids["instance"] = run["Instances"][0]["InstanceId"]
    ids["volume"] = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8, Encrypted=True)["VolumeId"]
    ids["snapshot"] = ec2.create_snapshot(VolumeId=ids["volume"], Description="copy")["SnapshotId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=ids["vpc"])
    ec2.allocate_address(Domain="vpc")
    ec2.create_key_pair(KeyName="key")
    ec2.create_flow_logs(ResourceIds=[ids["vpc"]], ResourceType="VPC", TrafficType="ALL",
                         LogDestinationType="s3", LogDestination="arn:aws:s3:::estate-one")

    kms = client("kms")
    ids["kms"] = kms.create_key(Description="data", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/data", TargetKeyId=ids["kms"])
    kms.enable_key_rotation(KeyId=ids["kms"])

    sns = client("sns")
    ids["topic"] = sns.create_topic(Name="news")["TopicArn"]
    sqs = client("sqs")
    ids["queue"] = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "45"})["QueueUrl"]
    sns.subscribe(TopicArn=ids["topic"], Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:jobs")

    awslambda = client("lambda")
    ids["function"] = awslambda.create_function(
        FunctionName="worker", Runtime="python3.12", Role=ids["role"], Handler="handler.handler", Code={"ZipFile": archive()},
        Environment={"Variables": {"TOKEN": "s3cret"}}, Timeout=30)["FunctionName"]
    awslambda.add_permission(FunctionName="worker", StatementId="public", Action="lambda:InvokeFunction", Principal="*")

    client("cloudtrail").create_trail(Name="trail", S3BucketName="estate-one", IsMultiRegionTrail=True)
    client("cloudtrail").start_logging(Name="trail")

    rds = client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="db", DBSubnetGroupDescription="db", SubnetIds=[ids["subnet"], ids["subnet2"]])
    rds.create_db_instance(DBInstanceIdentifier="main", DBInstanceClass="db.t3.micro", Engine="postgres", MasterUsername="root",
                           MasterUserPassword="Correct-horse-1", AllocatedStorage=20, PubliclyAccessible=True)
    rds.create_db_snapshot(DBSnapshotIdentifier="copy", DBInstanceIdentifier="main")

    elbv2 = client("elbv2")
    ids["balancer"] = elbv2.create_load_balancer(Name="front", Subnets=[ids["subnet"], ids["subnet2"]],
                                                 SecurityGroups=[ids["group"]])["LoadBalancers"][0]["LoadBalancerArn"]
    target = elbv2.create_target_group(Name="back", Protocol="HTTP", Port=80, VpcId=ids["vpc"])["TargetGroups"][0]["TargetGroupArn"]
    elbv2.create_listener(LoadBalancerArn=ids["balancer"], Protocol="HTTP", Port=80,
                          DefaultActions=[{"Type": "forward", "TargetGroupArn": target}])
    client("elb").create_load_balancer(LoadBalancerName="classic", AvailabilityZones=["us-east-1a"], Listeners=[
        {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}])

    logs = client("logs")
    logs.create_log_group(logGroupName="/app/web", tags={"a": "b"})
    logs.put_retention_policy(logGroupName="/app/web", retentionInDays=7)
    logs.put_metric_filter(logGroupName="/app/web", filterName="errors", filterPattern="ERROR", metricTransformations=[
        {"metricName": "errors", "metricNamespace": "app", "metricValue": "1", "defaultValue": 0.5}])
    # moto answers boto3's CBOR requests to CloudWatch, so the alarm is a plain one.
    client("cloudwatch").put_metric_alarm(AlarmName="errors", MetricName="errors", Namespace="app", Statistic="Sum", Period=60,
                                          EvaluationPeriods=1, Threshold=1.5, ComparisonOperator="GreaterThanThreshold")
    ids["secret"] = client("secretsmanager").create_secret(Name="db", SecretString="s", Tags=[{"Key": "a", "Value": "b"}])["ARN"]
    client("ssm").put_parameter(Name="/app/name", Value="v", Type="String", Description="a name")
    ecs = client("ecs")
    ids["cluster"] = ecs.create_cluster(clusterName="cluster")["cluster"]["clusterArn"]
    ids["task"] = ecs.register_task_definition(family="task", containerDefinitions=[
        {"name": "web", "image": "nginx", "memory": 128, "environment": [{"name": "A", "value": "B"}]}])["taskDefinition"]["taskDefinitionArn"]
    ecr = client("ecr")
    ecr.create_repository(repositoryName="web", imageScanningConfiguration={"scanOnPush": True})
    ecr.set_repository_policy(repositoryName="web", policyText=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Sid": "pull", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}))
    ids["files"] = client("efs").create_file_system(CreationToken="token", Encrypted=True, Tags=[{"Key": "Name", "Value": "files"}])["FileSystemId"]
    client("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps({
        "AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "from-stack"}}}}))
    ids["api"] = client("apigateway").create_rest_api(name="rest", description="an API")["id"]
    ids["http-api"] = client("apigatewayv2").create_api(Name="http", ProtocolType="HTTP")["ApiId"]
    ids["certificate"] = client("acm").request_certificate(DomainName="example.org", SubjectAlternativeNames=["www.example.org"])["CertificateArn"]
    ids["machine"] = client("stepfunctions").create_state_machine(name="machine", roleArn=ids["role"], definition=json.dumps(
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}))["stateMachineArn"]
    events = client("events")
    events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="hourly", Targets=[{"Id": "1", "Arn": ids["topic"]}])
    client("kinesis").create_stream(StreamName="stream", ShardCount=1)
    client("eks").create_cluster(name="kube", roleArn=ids["role"], resourcesVpcConfig={"subnetIds": [ids["subnet"], ids["subnet2"]]})
    client("organizations").create_organization(FeatureSet="ALL")
    client("glue").create_database(DatabaseInput={"Name": "catalog"})
    client("dynamodb").create_table(TableName="table", BillingMode="PAY_PER_REQUEST",
                                    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                                    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    zone = client("route53").create_hosted_zone(Name="example.org.", CallerReference="1")["HostedZone"]["Id"]
    ids["zone"] = zone.rsplit("/", 1)[1]
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{
        "Action": "CREATE", "ResourceRecordSet": {"Name": "a\\052.example.org.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}}]})
    autoscaling = client("autoscaling")
    autoscaling.create_launch_configuration(LaunchConfigurationName="launch", ImageId=image, InstanceType="t3.micro")
    autoscaling.create_auto_scaling_group(AutoScalingGroupName="group", LaunchConfigurationName="launch", MinSize=0, MaxSize=1,
                                          VPCZoneIdentifier=ids["subnet"])
    ids["detector"] = client("guardduty").create_detector(Enable=True)["DetectorId"]
    client("cognito-idp").create_user_pool(PoolName="people")
    client("redshift").create_cluster(ClusterIdentifier="warehouse", NodeType="dc2.large", MasterUsername="root", MasterUserPassword="Correct-horse-1")
    client("firehose").create_delivery_stream(DeliveryStreamName="hose", S3DestinationConfiguration={
        "RoleARN": ids["role"], "BucketARN": "arn:aws:s3:::estate-one"})
    client("opensearch").create_domain(DomainName="search", EngineVersion="OpenSearch_2.11")
    client("backup").create_backup_vault(BackupVaultName="vault")
    client("wafv2").create_web_acl(Name="acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig={
        "SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": False, "MetricName": "m"})
    client("config").put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": ids["role"]})
    return ids


def calls(ids):
    """(service, operation, parameters[, region]) of every comparison."""
    yield from [
        ("sts", "GetCallerIdentity", {}),
        ("iam", "GetAccountAuthorizationDetails", {"Filter": ["User", "Role", "Group", "LocalManagedPolicy"]}),
        ("iam", "ListUsers", {}),
        ("iam", "GetUser", {"UserName": "alice"}),
        ("iam", "ListAccessKeys", {"UserName": "alice"}),
        ("iam", "GetAccessKeyLastUsed", {"AccessKeyId": ids["key"]}),
        ("iam", "GetLoginProfile", {"UserName": "alice"}),
        ("iam", "GetUserPolicy", {"UserName": "alice", "PolicyName": "inline"}),
        ("iam", "GetGroup", {"GroupName": "admins"}),
        ("iam", "ListAttachedGroupPolicies", {"GroupName": "admins"}),
        ("iam", "GetRole", {"RoleName": "reader"}),
        ("iam", "GetRolePolicy", {"RoleName": "reader", "PolicyName": "role-inline"}),
        ("iam", "GetPolicy", {"PolicyArn": ids["policy"]}),
        ("iam", "GetPolicyVersion", {"PolicyArn": ids["policy"], "VersionId": "v2"}),
        ("iam", "ListInstanceProfiles", {}),
        ("iam", "GetAccountPasswordPolicy", {}),
        ("iam", "GetAccountSummary", {}),
        ("iam", "ListAccountAliases", {}),
        ("iam", "ListMFADevices", {"UserName": "alice"}),
        ("iam", "GetUser", {"UserName": "nobody"}),
        ("iam", "GetLoginProfile", {"UserName": "bob"}),
        ("s3", "ListBuckets", {}),
        ("s3", "GetBucketLocation", {"Bucket": "estate-one"}),
        ("s3", "GetBucketLocation", {"Bucket": "estate-two"}),
        ("s3", "GetBucketPolicy", {"Bucket": "estate-one"}),
        ("s3", "GetBucketPolicy", {"Bucket": "estate-two"}),
        ("s3", "GetBucketPolicyStatus", {"Bucket": "estate-one"}),
        ("s3", "GetBucketAcl", {"Bucket": "estate-one"}),
        ("s3", "GetBucketVersioning", {"Bucket": "estate-one"}),
        ("s3", "GetBucketVersioning", {"Bucket": "estate-two"}),
        ("s3", "GetBucketEncryption", {"Bucket": "estate-one"}),
        ("s3", "GetBucketTagging", {"Bucket": "estate-one"}),
        ("s3", "GetBucketTagging", {"Bucket": "estate-two"}),
        ("s3", "GetPublicAccessBlock", {"Bucket": "estate-one"}),
        ("s3", "GetBucketLifecycleConfiguration", {"Bucket": "estate-one"}),
        ("s3", "GetBucketCors", {"Bucket": "estate-one"}),
        ("s3", "GetBucketWebsite", {"Bucket": "estate-one"}),
        ("s3", "GetBucketLogging", {"Bucket": "estate-one"}),
        ("s3", "GetBucketOwnershipControls", {"Bucket": "estate-one"}),
        ("s3", "GetBucketNotificationConfiguration", {"Bucket": "estate-one"}),
        ("s3", "GetBucketAcl", {"Bucket": "estate-nowhere"}),
        ("ec2", "DescribeRegions", {}),
        ("ec2", "DescribeVpcs", {}),
        ("ec2", "DescribeVpcs", {"Filters": [{"Name": "vpc-id", "Values": [ids["vpc"]]}]}),
        ("ec2", "DescribeVpcs", {"VpcIds": ["vpc-00000000"]}),
        ("ec2", "DescribeSubnets", {}),
        ("ec2", "DescribeSecurityGroups", {}),
        ("ec2", "DescribeSecurityGroupRules", {}),
        ("ec2", "DescribeSecurityGroups", {"GroupIds": ["sg-00000000"]}),
        ("ec2", "DescribeInstances", {}),
        ("ec2", "DescribeInstanceAttribute", {"InstanceId": ids["instance"], "Attribute": "userData"}),
        ("ec2", "DescribeVolumes", {}),
        ("ec2", "DescribeSnapshots", {"SnapshotIds": [ids["snapshot"]]}),
        ("ec2", "DescribeSnapshotAttribute", {"SnapshotId": ids["snapshot"], "Attribute": "createVolumePermission"}),
        ("ec2", "DescribeInternetGateways", {}),
        ("ec2", "DescribeRouteTables", {}),
        ("ec2", "DescribeNetworkAcls", {}),
        ("ec2", "DescribeNetworkInterfaces", {}),
        ("ec2", "DescribeAddresses", {}),
        ("ec2", "DescribeKeyPairs", {}),
        ("ec2", "DescribeFlowLogs", {}),
        ("ec2", "DescribeVpcs", {}, "eu-west-1"),
        ("kms", "ListKeys", {}),
        ("kms", "ListAliases", {}),
        ("kms", "DescribeKey", {"KeyId": ids["kms"]}),
        ("kms", "GetKeyPolicy", {"KeyId": ids["kms"], "PolicyName": "default"}),
        ("kms", "GetKeyRotationStatus", {"KeyId": ids["kms"]}),
        ("kms", "ListResourceTags", {"KeyId": ids["kms"]}),
        ("kms", "DescribeKey", {"KeyId": "00000000-0000-0000-0000-000000000000"}),
        ("sns", "ListTopics", {}),
        ("sns", "GetTopicAttributes", {"TopicArn": ids["topic"]}),
        ("sns", "ListSubscriptions", {}),
        ("sns", "GetTopicAttributes", {"TopicArn": ids["topic"] + "-not"}),
        ("sqs", "ListQueues", {}),
        ("sqs", "GetQueueAttributes", {"QueueUrl": ids["queue"], "AttributeNames": ["All"]}),
        ("sqs", "GetQueueAttributes", {"QueueUrl": ids["queue"] + "-not", "AttributeNames": ["All"]}),
        ("lambda", "ListFunctions", {}),
        ("lambda", "GetFunctionConfiguration", {"FunctionName": ids["function"]}),
        ("lambda", "GetPolicy", {"FunctionName": ids["function"]}),
        ("lambda", "GetPolicy", {"FunctionName": "nothing"}),
        ("cloudtrail", "DescribeTrails", {}),
        ("cloudtrail", "GetTrailStatus", {"Name": "trail"}),
        ("cloudtrail", "GetEventSelectors", {"TrailName": "trail"}),
        ("rds", "DescribeDBInstances", {}),
        ("rds", "DescribeDBSnapshots", {}),
        ("rds", "DescribeDBSnapshotAttributes", {"DBSnapshotIdentifier": "copy"}),
        ("rds", "DescribeDBSubnetGroups", {}),
        ("rds", "DescribeDBInstances", {"DBInstanceIdentifier": "nothing"}),
        ("elbv2", "DescribeLoadBalancers", {}),
        ("elbv2", "DescribeListeners", {"LoadBalancerArn": ids["balancer"]}),
        ("elbv2", "DescribeLoadBalancerAttributes", {"LoadBalancerArn": ids["balancer"]}),
        ("elbv2", "DescribeTargetGroups", {}),
        ("elb", "DescribeLoadBalancers", {}),
        ("elb", "DescribeLoadBalancerAttributes", {"LoadBalancerName": "classic"}),
        ("logs", "DescribeLogGroups", {}),
        ("logs", "DescribeMetricFilters", {}),
        ("cloudwatch", "DescribeAlarms", {}),
        ("secretsmanager", "ListSecrets", {}),
        ("secretsmanager", "DescribeSecret", {"SecretId": ids["secret"]}),
        ("ssm", "DescribeParameters", {}),
        ("ecs", "ListClusters", {}),
        ("ecs", "DescribeClusters", {"clusters": [ids["cluster"]]}),
        ("ecs", "DescribeTaskDefinition", {"taskDefinition": ids["task"]}),
        ("ecr", "DescribeRepositories", {}),
        ("ecr", "GetRepositoryPolicy", {"repositoryName": "web"}),
        ("efs", "DescribeFileSystems", {}),
        ("cloudformation", "DescribeStacks", {}),
        ("cloudformation", "GetTemplate", {"StackName": "stack"}),
        ("apigateway", "GetRestApis", {}),
        ("apigateway", "GetResources", {"restApiId": ids["api"]}),
        ("apigatewayv2", "GetApis", {}),
        ("acm", "ListCertificates", {}),
        ("acm", "DescribeCertificate", {"CertificateArn": ids["certificate"]}),
        ("stepfunctions", "ListStateMachines", {}),
        ("stepfunctions", "DescribeStateMachine", {"stateMachineArn": ids["machine"]}),
        ("events", "ListRules", {}),
        ("events", "ListTargetsByRule", {"Rule": "hourly"}),
        ("kinesis", "DescribeStreamSummary", {"StreamName": "stream"}),
        ("eks", "DescribeCluster", {"name": "kube"}),
        ("organizations", "DescribeOrganization", {}),
        ("organizations", "ListAccounts", {}),
        ("glue", "GetDatabases", {}),
        ("dynamodb", "DescribeTable", {"TableName": "table"}),
        ("route53", "ListHostedZones", {}),
        ("route53", "GetHostedZone", {"Id": ids["zone"]}),
        ("route53", "ListResourceRecordSets", {"HostedZoneId": ids["zone"]}),
        ("autoscaling", "DescribeAutoScalingGroups", {}),
        ("autoscaling", "DescribeLaunchConfigurations", {}),
        ("guardduty", "ListDetectors", {}),
        ("guardduty", "GetDetector", {"DetectorId": ids["detector"]}),
        ("cognito-idp", "ListUserPools", {"MaxResults": 10}),
        ("redshift", "DescribeClusters", {}),
        ("firehose", "DescribeDeliveryStream", {"DeliveryStreamName": "hose"}),
        ("opensearch", "DescribeDomain", {"DomainName": "search"}),
        ("backup", "ListBackupVaults", {}),
        ("wafv2", "ListWebACLs", {"Scope": "REGIONAL"}),
        ("config", "DescribeConfigurationRecorders", {}),
    ]


def normal(value):
    """JSON as the Rust client makes it: moments in RFC 3339 UTC, bytes in base64, no nulls."""
    if isinstance(value, dict):
        return {key: normal(child) for key, child in value.items() if child is not None and key != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [normal(child) for child in value]
    if isinstance(value, datetime.datetime):
        text = value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
        return text + "Z"
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value


def ask(service, operation, params, region=REGION):
    api = client(service, region)
    method = next(method for method, name in api.meta.method_to_api_mapping.items() if name == operation)
    line = {"service": service, "operation": operation, "region": region, "params": params}
    try:
        line["value"] = normal(getattr(api, method)(**params))
    except ClientError as error:
        line["code"] = error.response["Error"]["Code"]
        line["message"] = error.response["Error"]["Message"]
    return line


def main():
    for call in calls(seed()):
        json.dump(ask(*call), sys.stdout)
        sys.stdout.write("\n")


main()
