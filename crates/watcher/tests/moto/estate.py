"""A sample estate in moto, and what boto3 says of it.

`seed` makes the estate. `expect` prints, as JSON, {technology: {region: {id: document}}}: every resource with what boto3's own calls return
for it, put together by hand here, independently of the technology files. A value of {"$secret": true} stands for one that must
not leave the watcher. The server's address comes from AWS_ENDPOINT_URL.
"""

import base64
import datetime
import json
import sys

import boto3
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGIONS = ["us-east-1", "eu-west-1"]
SECRET = {"$secret": True}
# Appears in secret places only; the Rust side asserts that it is nowhere in the output.
SECRET_TEXT = "correct-horse-battery-staple"


def without_account_in_host(request, **_):
    request.url = request.url.replace(f"//{ACCOUNT}.", "//")


def client(service, region="us-east-1"):
    made = boto3.client(service, region_name=region)
    # S3 Control puts the account into the host's name, which 127.0.0.1 cannot have.
    made.meta.events.register("before-send.s3-control", without_account_in_host)
    return made


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


PUBLIC = {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


# --- seed -------------------------------------------------------------------


def seed_iam():
    iam = client("iam")
    own = iam.create_policy(PolicyName="Own", PolicyDocument=policy(ALLOW_ALL), Tags=[{"Key": "team", "Value": "red"}])["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=policy({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}), SetAsDefault=True)
    iam.create_policy(PolicyName="Boundary", Path="/deep/", PolicyDocument=policy(ALLOW_ALL))
    iam.create_group(GroupName="admins")
    iam.create_group(GroupName="nobody", Path="/empty/")
    iam.put_group_policy(GroupName="admins", PolicyName="inline", PolicyDocument=policy(ALLOW_ALL))
    iam.attach_group_policy(GroupName="admins", PolicyArn=own)
    iam.create_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
    iam.add_user_to_group(UserName="alice", GroupName="admins")
    iam.attach_user_policy(UserName="alice", PolicyArn=own)
    iam.put_user_policy(UserName="alice", PolicyName="inline", PolicyDocument=policy(ALLOW_ALL))
    iam.create_access_key(UserName="alice")
    iam.create_access_key(UserName="alice")
    iam.create_login_profile(UserName="alice", Password=SECRET_TEXT)
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName="alice", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    iam.create_user(UserName="bob", Path="/robots/")
    iam.create_role(RoleName="runner", AssumeRolePolicyDocument=TRUST, Description="runs functions", MaxSessionDuration=7200,
                    Tags=[{"Key": "team", "Value": "blue"}])
    iam.put_role_policy(RoleName="runner", PolicyName="inline", PolicyDocument=policy(ALLOW_ALL))
    iam.attach_role_policy(RoleName="runner", PolicyArn=own)
    iam.create_instance_profile(InstanceProfileName="runner")
    iam.add_role_to_instance_profile(InstanceProfileName="runner", RoleName="runner")
    iam.create_role(RoleName="plain", Path="/service/", AssumeRolePolicyDocument=TRUST)
    iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True, MaxPasswordAge=90)


def seed_s3():
    s3 = client("s3")
    s3.create_bucket(Bucket="bare")
    s3.create_bucket(Bucket="logs")
    eu = client("s3", "eu-west-1")
    eu.create_bucket(Bucket="full", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}, ObjectLockEnabledForBucket=True)
    eu.put_bucket_policy(Bucket="full", Policy=policy(PUBLIC))
    eu.put_bucket_acl(Bucket="full", ACL="public-read")
    eu.put_public_access_block(Bucket="full", PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False})
    eu.put_bucket_ownership_controls(Bucket="full", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
    eu.put_bucket_encryption(Bucket="full", ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/key"}}]})
    eu.put_bucket_versioning(Bucket="full", VersioningConfiguration={"Status": "Enabled"})
    eu.put_bucket_lifecycle_configuration(Bucket="full", LifecycleConfiguration={
        "Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 30}}]})
    eu.put_bucket_website(Bucket="full", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    eu.put_bucket_cors(Bucket="full", CORSConfiguration={
        "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["a", "b"]}]})
    eu.put_bucket_tagging(Bucket="full", Tagging={"TagSet": [{"Key": "team", "Value": "red"}, {"Key": "a", "Value": "b"}]})
    s3.put_bucket_acl(Bucket="logs", AccessControlPolicy={
        "Owner": {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"},
        "Grants": [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": p}
                   for p in ("WRITE", "READ_ACP")]})
    s3.create_bucket(Bucket="logged")
    s3.put_bucket_logging(Bucket="logged", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "l/"}})
    client("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True})


def seed_ec2(region):
    ec2 = client("ec2", region)
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}])["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{n}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"]["SubnetId"]
               for n, zone in enumerate("ab")]
    client("logs", region).create_log_group(logGroupName="flow")
    role = f"arn:aws:iam::{ACCOUNT}:role/runner"
    ec2.create_flow_logs(ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="flow", DeliverLogsPermissionArn=role)
    ec2.create_flow_logs(ResourceIds=[subnets[0]], ResourceType="Subnet", TrafficType="REJECT", LogGroupName="flow", DeliverLogsPermissionArn=role)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    other = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}, {"CidrIp": "10.0.0.0/8"}],
         "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}])
    listed = ec2.create_managed_prefix_list(
        PrefixListName="offices", AddressFamily="IPv4", MaxEntries=5, Entries=[{"Cidr": "203.0.113.0/24", "Description": "Bern"}, {"Cidr": "10.9.0.0/16"}],
        TagSpecifications=[{"ResourceType": "prefix-list", "Tags": [{"Key": "team", "Value": "red"}]}])["PrefixList"]["PrefixListId"]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": listed}]}])
    ec2.create_tags(Resources=[group], Tags=[{"Key": "team", "Value": "red"}])
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, InstanceType="t3.micro", SubnetId=subnets[0], SecurityGroupIds=[group, other],
                      UserData=SECRET_TEXT, MetadataOptions={"HttpTokens": "required"},
                      TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "server"}]}])
    plain = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=subnets[1])["Instances"][0]["InstanceId"]
    gone = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=subnets[1])["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[gone])
    ec2.stop_instances(InstanceIds=[plain])
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{region}a", Encrypted=True)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume, Description="shared",
                                   TagSpecifications=[{"ResourceType": "snapshot", "Tags": [{"Key": "a", "Value": "b"}]}])["SnapshotId"]
    ec2.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"])
    ec2.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", UserIds=["999999999999"])
    ec2.create_snapshot(VolumeId=volume, Description="private")
    elb = client("elbv2", region)
    balancer = elb.create_load_balancer(Name="front", Subnets=subnets, SecurityGroups=[group], Tags=[{"Key": "team", "Value": "red"}])["LoadBalancers"][0]["LoadBalancerArn"]
    target = elb.create_target_group(Name="app", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
    for port in (80, 8080):
        listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port,
                                       DefaultActions=[{"Type": "forward", "TargetGroupArn": target}])["Listeners"][0]["ListenerArn"]
    elb.create_rule(ListenerArn=listener, Priority=1, Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
                    Actions=[{"Type": "forward", "TargetGroupArn": target}])
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}])
    elb.create_load_balancer(Name="bare", Subnets=subnets, Type="network", Scheme="internal")
    rds = client("rds", region)
    rds.create_db_instance(DBInstanceIdentifier="main", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=10,
                           MasterUsername="root", MasterUserPassword=SECRET_TEXT, PubliclyAccessible=True, VpcSecurityGroupIds=[group],
                           Tags=[{"Key": "team", "Value": "red"}])
    rds.create_db_snapshot(DBInstanceIdentifier="main", DBSnapshotIdentifier="shared", Tags=[{"Key": "a", "Value": "b"}])
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="shared", AttributeName="restore", ValuesToAdd=["all", "999999999999"])
    rds.create_db_snapshot(DBInstanceIdentifier="main", DBSnapshotIdentifier="private")


def seed_region(region):
    kms = client("kms", region)
    key = kms.create_key(Description="the key", Tags=[{"TagKey": "team", "TagValue": "red"}], Policy=policy(PUBLIC))["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/key", TargetKeyId=key)
    kms.create_alias(AliasName="alias/other", TargetKeyId=key)
    kms.enable_key_rotation(KeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/runner", Operations=["Decrypt"], Name="g")
    kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    doomed = kms.create_key(Description="doomed")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    sqs = client("sqs", region)
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.create_queue(QueueName="main", tags={"team": "red"}, Attributes={
        "Policy": policy(PUBLIC), "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})})
    sns = client("sns", region)
    topic = sns.create_topic(Name="main", Tags=[{"Key": "team", "Value": "red"}])["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(PUBLIC))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    sns.create_topic(Name="bare")
    function = client("lambda", region)
    code = {"ZipFile": base64.b64decode("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==")}
    role = f"arn:aws:iam::{ACCOUNT}:role/runner"
    function.create_function(FunctionName="full", Runtime="python3.12", Role=role, Handler="a.b", Code=code, Tags={"team": "red"},
                             Environment={"Variables": {"PASSWORD": SECRET_TEXT, "EMPTY": ""}})
    function.add_permission(FunctionName="full", StatementId="world", Action="lambda:InvokeFunction", Principal="*")
    function.create_alias(FunctionName="full", Name="live", FunctionVersion="$LATEST")
    function.create_function_url_config(FunctionName="full", AuthType="NONE")
    function.create_function(FunctionName="bare", Runtime="python3.12", Role=role, Handler="a.b", Code=code)
    s3 = client("s3", region)
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=f"trail-{region}", **location)
    trail = client("cloudtrail", region)
    trail.create_trail(Name=f"trail-{region}", S3BucketName=f"trail-{region}", IsMultiRegionTrail=region == "us-east-1",
                       TagsList=[{"Key": "team", "Value": "red"}])
    trail.start_logging(Name=f"trail-{region}")
    trail.put_event_selectors(TrailName=f"trail-{region}", EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}])


# --- expect -----------------------------------------------------------------


def absent(codes, call, **params):
    """The answer without its metadata; nothing for these error codes."""
    try:
        answer = call(**params)
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return {}
        raise
    answer.pop("ResponseMetadata", None)
    return answer


def every(service, operation, key, **params):
    """All elements of a list operation, over its pages where boto3 can."""
    if service.can_paginate(operation):
        pages = service.get_paginator(operation).paginate(**params)
    else:
        pages = [getattr(service, operation)(**params)]
    return [element for page in pages for element in page.get(key, [])]


def expect_iam():
    iam = client("iam")
    users, groups, roles, policies = {}, {}, {}, {}
    for user in every(iam, "list_users", "Users"):
        name = user["UserName"]
        document = dict(user)
        document |= {k: v for k, v in iam.get_user(UserName=name)["User"].items()}
        document["GroupList"] = [group["GroupName"] for group in every(iam, "list_groups_for_user", "Groups", UserName=name)]
        document["AttachedManagedPolicies"] = every(iam, "list_attached_user_policies", "AttachedPolicies", UserName=name)
        document["UserPolicyList"] = [
            {k: v for k, v in iam.get_user_policy(UserName=name, PolicyName=p).items() if k in ("PolicyName", "PolicyDocument")}
            for p in every(iam, "list_user_policies", "PolicyNames", UserName=name)]
        document["AccessKeys"] = every(iam, "list_access_keys", "AccessKeyMetadata", UserName=name)
        for key in document["AccessKeys"]:
            key["LastUsed"] = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        document["MFADevices"] = every(iam, "list_mfa_devices", "MFADevices", UserName=name)
        profile = absent(["NoSuchEntity"], iam.get_login_profile, UserName=name)
        document |= {"LoginProfile": profile["LoginProfile"]} if profile else {}
        users[user["UserId"]] = document
    for group in every(iam, "list_groups", "Groups"):
        name = group["GroupName"]
        document = dict(group)
        document["AttachedManagedPolicies"] = every(iam, "list_attached_group_policies", "AttachedPolicies", GroupName=name)
        document["GroupPolicyList"] = [
            {k: v for k, v in iam.get_group_policy(GroupName=name, PolicyName=p).items() if k in ("PolicyName", "PolicyDocument")}
            for p in every(iam, "list_group_policies", "PolicyNames", GroupName=name)]
        groups[group["GroupId"]] = document
    for role in every(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        document = dict(role) | iam.get_role(RoleName=name)["Role"]
        document["AttachedManagedPolicies"] = every(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        document["RolePolicyList"] = [
            {k: v for k, v in iam.get_role_policy(RoleName=name, PolicyName=p).items() if k in ("PolicyName", "PolicyDocument")}
            for p in every(iam, "list_role_policies", "PolicyNames", RoleName=name)]
        document["InstanceProfileList"] = [
            {k: v for k, v in profile.items() if k in ("InstanceProfileName", "InstanceProfileId", "Arn", "Path", "CreateDate")}
            for profile in every(iam, "list_instance_profiles_for_role", "InstanceProfiles", RoleName=name)]
        roles[role["RoleId"]] = document
    for listed in every(iam, "list_policies", "Policies", Scope="Local"):
        document = iam.get_policy(PolicyArn=listed["Arn"])["Policy"]
        document.pop("Tags", None)
        document["Tags"] = every(iam, "list_policy_tags", "Tags", PolicyArn=listed["Arn"])
        document["PolicyVersionList"] = [
            iam.get_policy_version(PolicyArn=listed["Arn"], VersionId=version["VersionId"])["PolicyVersion"]
            for version in every(iam, "list_policy_versions", "Versions", PolicyArn=listed["Arn"])]
        # moto leaves name and id out of GetAccountAuthorizationDetails (a bug: it has them elsewhere), so the ARN is the id here.
        document.pop("PolicyName"), document.pop("PolicyId")
        policies[listed["Arn"]] = document
    return {
        "aws.iam.user": users,
        "aws.iam.group": groups,
        "aws.iam.role": roles,
        "aws.iam.managed-policy": policies,
        "aws.iam.account-summary": {ACCOUNT: {"SummaryMap": iam.get_account_summary()["SummaryMap"]}},
        "aws.iam.password-policy": {ACCOUNT: {"PasswordPolicy": iam.get_account_password_policy()["PasswordPolicy"]}},
    }


def expect_s3():
    buckets = {}
    for bucket in client("s3").list_buckets(MaxBuckets=1000)["Buckets"]:
        name = bucket["Name"]
        region = client("s3").get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"
        s3 = client("s3", region)
        document = dict(bucket)
        for member, call, take, codes in [
            ("Policy", s3.get_bucket_policy, "Policy", ["NoSuchBucketPolicy"]),
            ("Acl", s3.get_bucket_acl, None, []),
            ("PublicAccessBlock", s3.get_public_access_block, "PublicAccessBlockConfiguration", ["NoSuchPublicAccessBlockConfiguration"]),
            ("OwnershipControls", s3.get_bucket_ownership_controls, "OwnershipControls", ["OwnershipControlsNotFoundError"]),
            ("Encryption", s3.get_bucket_encryption, "ServerSideEncryptionConfiguration", ["ServerSideEncryptionConfigurationNotFoundError"]),
            ("Versioning", s3.get_bucket_versioning, None, []),
            ("Logging", s3.get_bucket_logging, "LoggingEnabled", []),
            ("Lifecycle", s3.get_bucket_lifecycle_configuration, None, ["NoSuchLifecycleConfiguration"]),
            ("Replication", s3.get_bucket_replication, "ReplicationConfiguration", ["ReplicationConfigurationNotFoundError"]),
            ("Website", s3.get_bucket_website, None, ["NoSuchWebsiteConfiguration"]),
            ("Cors", s3.get_bucket_cors, "CORSRules", ["NoSuchCORSConfiguration"]),
            ("Notification", s3.get_bucket_notification_configuration, None, []),
            ("ObjectLock", s3.get_object_lock_configuration, "ObjectLockConfiguration", ["ObjectLockConfigurationNotFoundError"]),
            ("TagSet", s3.get_bucket_tagging, "TagSet", ["NoSuchTagSet"]),
        ]:
            answer = absent(codes, call, Bucket=name)
            value = answer.get(take) if take else answer
            if value:
                document[member] = json.loads(value) if member == "Policy" else value
        buckets[name] = document
    block = client("s3control").get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    return {"aws.s3.bucket": buckets, "aws.s3.account-public-access-block": {ACCOUNT: {"PublicAccessBlock": block}}}


def expect_region(region):
    ec2, elb, rds = client("ec2", region), client("elbv2", region), client("rds", region)
    instances = {}
    for reservation in every(ec2, "describe_instances", "Reservations"):
        for instance in reservation.pop("Instances"):
            if instance["State"]["Name"] == "terminated":
                continue
            instance["Reservation"] = reservation
            data = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")["UserData"]
            if data.get("Value"):
                instance["UserData"] = SECRET
            instances[instance["InstanceId"]] = instance
    flow_logs = every(ec2, "describe_flow_logs", "FlowLogs")
    vpcs = {vpc["VpcId"]: vpc | {"FlowLogs": [log for log in flow_logs if log["ResourceId"] == vpc["VpcId"]]}
            for vpc in every(ec2, "describe_vpcs", "Vpcs")}
    snapshots = {}
    for snapshot in every(ec2, "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        if snapshot["OwnerId"] != ACCOUNT:
            continue  # moto ignores `self` and adds those of Amazon's images
        attribute = ec2.describe_snapshot_attribute(SnapshotId=snapshot["SnapshotId"], Attribute="createVolumePermission")
        snapshots[snapshot["SnapshotId"]] = snapshot | {"CreateVolumePermissions": attribute["CreateVolumePermissions"]}
    lists = {}
    for listed in every(ec2, "describe_managed_prefix_lists", "PrefixLists"):
        if listed["OwnerId"] == ACCOUNT:
            listed["Entries"] = every(ec2, "get_managed_prefix_list_entries", "Entries", PrefixListId=listed["PrefixListId"])
        lists[listed["PrefixListId"]] = listed
    balancers = {}
    for balancer in every(elb, "describe_load_balancers", "LoadBalancers"):
        arn = balancer["LoadBalancerArn"]
        balancer["Listeners"] = every(elb, "describe_listeners", "Listeners", LoadBalancerArn=arn)
        for listener in balancer["Listeners"] if balancer["Type"] == "application" else []:
            listener["Rules"] = every(elb, "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])
        balancer["Attributes"] = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        balancer["Tags"] = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        balancers[arn] = balancer
    db_snapshots = {}
    for snapshot in every(rds, "describe_db_snapshots", "DBSnapshots"):
        name = snapshot["DBSnapshotIdentifier"]
        if snapshot["SnapshotType"] != "automated":
            result = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=name)["DBSnapshotAttributesResult"]
            snapshot["DBSnapshotAttributes"] = result["DBSnapshotAttributes"]
        db_snapshots[name] = snapshot
    return {
        "aws.ec2.instance": instances,
        "aws.ec2.vpc": vpcs,
        "aws.ec2.security-group": {group["GroupId"]: group for group in every(ec2, "describe_security_groups", "SecurityGroups")},
        "aws.ec2.ebs-snapshot": snapshots,
        "aws.ec2.managed-prefix-list": lists,
        "aws.elbv2.load-balancer": balancers,
        "aws.rds.db-instance": {db["DbiResourceId"]: db for db in every(rds, "describe_db_instances", "DBInstances")},
        "aws.rds.db-snapshot": db_snapshots,
    } | expect_rest(region)


def expect_rest(region):
    kms, sqs, sns = client("kms", region), client("sqs", region), client("sns", region)
    function, trail = client("lambda", region), client("cloudtrail", region)
    keys = {}
    for key in every(kms, "list_keys", "Keys"):
        name = key["KeyId"]
        document = key | kms.describe_key(KeyId=name)["KeyMetadata"]
        document["Aliases"] = [alias for alias in every(kms, "list_aliases", "Aliases") if alias.get("TargetKeyId") == name]
        document["Policy"] = json.loads(kms.get_key_policy(KeyId=name, PolicyName="default")["Policy"])
        if document["KeyManager"] == "CUSTOMER":
            if document["KeySpec"] == "SYMMETRIC_DEFAULT":
                rotation = absent(["KMSInvalidStateException", "UnsupportedOperationException"], kms.get_key_rotation_status, KeyId=name)
                document |= {"Rotation": rotation} if rotation else {}
            document["Grants"] = every(kms, "list_grants", "Grants", KeyId=name)
            document["Tags"] = every(kms, "list_resource_tags", "Tags", KeyId=name)
        keys[name] = document
    queues = {}
    for url in every(sqs, "list_queues", "QueueUrls"):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for name in ("Policy", "RedrivePolicy"):
            if name in attributes:
                attributes[name] = json.loads(attributes[name])
        queues[url] = {"QueueUrl": url, "Attributes": attributes}
        tags = sqs.list_queue_tags(QueueUrl=url).get("Tags")
        queues[url] |= {"Tags": tags} if tags else {}
    topics = {}
    for topic in every(sns, "list_topics", "Topics"):
        arn = topic["TopicArn"]
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        for name in ("Policy", "EffectiveDeliveryPolicy", "DeliveryPolicy"):
            if attributes.get(name):
                attributes[name] = json.loads(attributes[name])
        topics[arn] = {"TopicArn": arn, "Attributes": attributes,
                       "Subscriptions": every(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn),
                       "Tags": sns.list_tags_for_resource(ResourceArn=arn)["Tags"]}
    functions = {}
    for document in every(function, "list_functions", "Functions"):
        name = document["FunctionName"]
        variables = document.get("Environment", {}).get("Variables", {})
        for variable, value in variables.items():
            variables[variable] = SECRET if value else value
        answer = absent(["ResourceNotFoundException"], function.get_policy, FunctionName=name)
        document |= {"Policy": json.loads(answer["Policy"])} if answer else {}
        document["Aliases"] = every(function, "list_aliases", "Aliases", FunctionName=name)
        for alias in document["Aliases"]:
            answer = absent(["ResourceNotFoundException"], function.get_policy, FunctionName=name, Qualifier=alias["Name"])
            alias |= {"Policy": json.loads(answer["Policy"])} if answer else {}
        # No FunctionUrlConfigs: moto does not know ListFunctionUrlConfigs. The Rust side expects the gap.
        document["Tags"] = function.list_tags(Resource=document["FunctionArn"])["Tags"]
        functions[name] = document
    trails = {}
    for document in trail.describe_trails(includeShadowTrails=False)["trailList"]:
        arn = document["TrailARN"]
        document["Status"] = absent([], trail.get_trail_status, Name=arn)
        document["Selectors"] = absent([], trail.get_event_selectors, TrailName=arn)
        document["TagsList"] = trail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
        trails[arn] = document
    return {"aws.kms.key": keys, "aws.sqs.queue": queues, "aws.sns.topic": topics, "aws.lambda.function": functions,
            "aws.cloudtrail.trail": trails}


def plain(value):
    """JSON as the product writes it: RFC 3339 in UTC without trailing zeros, base64, no nulls."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, datetime.datetime):
        text = value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat()
        return (text.rstrip("0") if "." in text else text).rstrip(".") + "Z"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def main():
    if sys.argv[1] == "seed":
        seed_iam()
        seed_s3()
        for region in REGIONS:
            seed_ec2(region)
            seed_region(region)
        return
    expected = {technology: {"global": documents} for technology, documents in (expect_iam() | expect_s3()).items()}
    for region in REGIONS:
        for technology, documents in expect_region(region).items():
            expected.setdefault(technology, {})[region] = documents
    json.dump(plain(expected), sys.stdout)


main()
