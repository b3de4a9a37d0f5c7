"""The sample estate of `security-monkey demo`: three accounts and three regions on a fake AWS (moto), half of it insecure.

usage: estate.py ENDPOINT serve PORT | wait | seed | change SECONDS | mail PORT FOLDER
"""

import itertools
import json
import sys
import time

ENDPOINT = sys.argv[1]
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2"]
# moto's own account; its credentials assume the roles of the others.
HUB = "123456789012"
ACCOUNTS = {"shop": "111111111111", "data": "222222222222"}
PARTNER = "999999999999"
EXTERNAL_ID = "demo-external-id"


def client(service, region=REGIONS[0], account=HUB):
    import boto3

    keys = {"aws_access_key_id": "demo", "aws_secret_access_key": "demo"}
    if account != HUB:
        sts = boto3.client("sts", region_name=REGIONS[0], endpoint_url=ENDPOINT, **keys)
        answer = sts.assume_role(RoleArn=role_arn(account), RoleSessionName="estate")["Credentials"]
        keys = {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }
    return boto3.client(service, region_name=region, endpoint_url=ENDPOINT, **keys)


def role_arn(account):
    return f"arn:aws:iam::{account}:role/SecurityMonkey"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return document(statement)


def people(account, name):
    """Users, roles and policies: a careful half and a careless half."""
    iam = client("iam", account=account)
    iam.create_role(RoleName="SecurityMonkey", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{HUB}:root"}, StringEquals={"sts:ExternalId": EXTERNAL_ID}))
    admin = iam.create_policy(PolicyName="everything", PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"}))["Policy"]["Arn"]
    reader = iam.create_policy(PolicyName="read-reports", PolicyDocument=document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}-reports/*"}))["Policy"]["Arn"]
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(GroupName="readers", PolicyArn=reader)
    for user in ("ada", "grace"):
        iam.create_user(UserName=user, Tags=[{"Key": "team", "Value": name}])
        iam.add_user_to_group(GroupName="readers", UserName=user)
    iam.create_user(UserName="deploy-bot")
    iam.create_access_key(UserName="deploy-bot")
    iam.create_access_key(UserName="deploy-bot")
    iam.put_user_policy(UserName="deploy-bot", PolicyName="inline-admin", PolicyDocument=document({"Effect": "Allow", "Action": "iam:*", "Resource": "*"}))
    iam.create_login_profile(UserName="ada", Password="Correct-Horse-9-Battery")
    iam.create_role(RoleName="application", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    iam.create_role(RoleName="partner-access", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{PARTNER}:root"}))
    iam.create_role(RoleName="open-door", AssumeRolePolicyDocument=trust({"AWS": "*"}))
    iam.attach_role_policy(RoleName="open-door", PolicyArn=admin)
    if name == "data":
        iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True, RequireNumbers=True, RequireUppercaseCharacters=True, RequireLowercaseCharacters=True, PasswordReusePrevention=24, MaxPasswordAge=90)


def buckets(account, name):
    s3 = client("s3", account=account)
    for bucket in ("reports", "website", "backup", "logs"):
        s3.create_bucket(Bucket=f"{name}-{bucket}")
    s3.put_public_access_block(Bucket=f"{name}-reports", PublicAccessBlockConfiguration={key: True for key in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")})
    s3.put_bucket_encryption(Bucket=f"{name}-reports", ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]})
    s3.put_bucket_versioning(Bucket=f"{name}-reports", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket=f"{name}-reports", Policy=document({"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{name}-reports", f"arn:aws:s3:::{name}-reports/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}))
    s3.put_bucket_policy(Bucket=f"{name}-website", Policy=document({"Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}-website/*"}))
    s3.put_bucket_policy(Bucket=f"{name}-backup", Policy=document({"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"}, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::{name}-backup", f"arn:aws:s3:::{name}-backup/*"]}))
    s3.put_bucket_acl(Bucket=f"{name}-logs", ACL="public-read")


def network(account, name, region):
    ec2 = client("ec2", region, account)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    web = ec2.create_security_group(GroupName=f"{name}-web", Description="web servers", VpcId=vpc)["GroupId"]
    admin = ec2.create_security_group(GroupName=f"{name}-admin", Description="administration", VpcId=vpc)["GroupId"]
    allow(ec2, web, 443, "0.0.0.0/0")
    allow(ec2, admin, 22, "0.0.0.0/0" if region == "us-east-1" else "203.0.113.0/24")
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="t3.micro", SecurityGroupIds=[web], SubnetId=subnets[0], UserData="#!/bin/sh\nexport DB_PASSWORD=hunter2\n", TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": f"{name}-web-1"}]}])
    volume = ec2.create_volume(AvailabilityZone=f"{region}a", Size=10)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume, Description=f"{name} nightly")["SnapshotId"]
    if region == "eu-west-1":
        ec2.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"])
    elb = client("elbv2", region, account)
    balancer = elb.create_load_balancer(Name=f"{name}-front", Subnets=subnets, SecurityGroups=[web], Scheme="internet-facing")["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name=f"{name}-targets", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80 if region == "us-east-1" else 443, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])


def services(account, name, region):
    sns = client("sns", region, account)
    topic = sns.create_topic(Name=f"{name}-alerts")["TopicArn"]
    if region == "us-east-1":
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document({"Sid": "Anyone", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Publish", "Resource": topic}))
    client("sqs", region, account).create_queue(QueueName=f"{name}-jobs")
    kms = client("kms", region, account)
    key = kms.create_key(Description=f"{name} data")["KeyMetadata"]["KeyId"]
    if region != "us-east-1":
        kms.enable_key_rotation(KeyId=key)
    rds = client("rds", region, account)
    rds.create_db_instance(DBInstanceIdentifier=f"{name}-orders", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20, MasterUsername="root", MasterUserPassword="not-a-real-one", PubliclyAccessible=region == "us-east-1", StorageEncrypted=region != "us-east-1")
    if name == "data" and region == "us-east-1":
        client("s3", account=account).create_bucket(Bucket="data-trail")
        trail = client("cloudtrail", region, account)
        trail.create_trail(Name="organisation", S3BucketName="data-trail", IsMultiRegionTrail=True, EnableLogFileValidation=True)
        trail.start_logging(Name="organisation")


def function(account, name):
    import io
    import zipfile

    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): return event\n")
    awslambda = client("lambda", account=account)
    awslambda.create_function(FunctionName=f"{name}-webhook", Runtime="python3.12", Role=f"arn:aws:iam::{account}:role/application", Handler="handler.handler", Code={"ZipFile": package.getvalue()}, Environment={"Variables": {"TOKEN": "do-not-show-me"}})
    awslambda.add_permission(FunctionName=f"{name}-webhook", StatementId="anyone", Action="lambda:InvokeFunction", Principal="*")


def allow(ec2, group, port, network):
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": network}]}])


def revoke(ec2, group, port, network):
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": network}]}])


def seed():
    names = {"hub": HUB, **ACCOUNTS}
    for name, account in names.items():
        people(account, name)
        buckets(account, name)
        function(account, name)
        for region in REGIONS:
            network(account, name, region)
            services(account, name, region)
    rows = [
        {"id": account, "name": name, "kind": "watched", "role_arn": None if account == HUB else role_arn(account), "external_id": None if account == HUB else EXTERNAL_ID}
        for name, account in names.items()
    ]
    rows.append({"id": PARTNER, "name": "partner", "kind": "third-party", "role_arn": None, "external_id": None})
    print(json.dumps({"accounts": rows}))


def change(seconds):
    """Keeps changing the estate, and says what it did."""
    group = client("ec2", "eu-west-1", ACCOUNTS["shop"])
    web = group.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["shop-web"]}])["SecurityGroups"][0]["GroupId"]
    for step in itertools.count():
        time.sleep(seconds)
        turn = step % 6
        ec2 = client("ec2", "eu-west-1", ACCOUNTS["shop"])
        s3 = client("s3", account=ACCOUNTS["data"])
        iam = client("iam", account=ACCOUNTS["shop"])
        if turn == 0:
            allow(ec2, web, 3389, "0.0.0.0/0")
            print("shop, eu-west-1: security group shop-web opened tcp/3389 to the internet")
        elif turn == 1:
            s3.put_bucket_policy(Bucket="data-reports", Policy=document({"Sid": "Oops", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::data-reports", "arn:aws:s3:::data-reports/*"]}))
            s3.delete_public_access_block(Bucket="data-reports")
            print("data: the policy of bucket data-reports lets everybody in")
        elif turn == 2:
            iam.create_user(UserName=f"contractor-{step}")
            iam.create_access_key(UserName=f"contractor-{step}")
            print(f"shop: user contractor-{step} was created, with an access key")
        elif turn == 3:
            revoke(ec2, web, 3389, "0.0.0.0/0")
            print("shop, eu-west-1: security group shop-web closed tcp/3389 again")
        elif turn == 4:
            s3.put_bucket_policy(Bucket="data-reports", Policy=document({"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::data-reports", "arn:aws:s3:::data-reports/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}))
            print("data: the policy of bucket data-reports is strict again")
        else:
            user = f"contractor-{step - 3}"
            for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
            iam.delete_user(UserName=user)
            print(f"shop: user {user} was deleted")


def serve(port):
    import os

    # Its thousand images, read anew for each account and region, were two thirds of the time until the estate stood.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    from moto.server import main

    main(["-H", "127.0.0.1", "-p", port])


def wait():
    import urllib.request

    for _ in range(600):
        try:
            urllib.request.urlopen(f"{ENDPOINT}/moto-api/", timeout=5).read(1)
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the fake AWS does not answer")


def mail(port, folder):
    from pathlib import Path

    from aiosmtpd.controller import Controller

    class Sink:
        count = 0

        async def handle_DATA(self, server, session, envelope):
            Sink.count += 1
            Path(folder, f"{Sink.count:05}.eml").write_bytes(envelope.content)
            return "250 OK"

    Controller(Sink(), hostname="127.0.0.1", port=int(port)).start()
    while True:
        time.sleep(3600)


def end_with_parent():
    """Ends this process when the one that holds the other end of its stdin is gone, however that ended. Ctrl-C is for the parent to handle."""
    import os
    import signal
    import threading

    def watch():
        sys.stdin.buffer.read()
        os._exit(0)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    command, arguments = sys.argv[2], sys.argv[3:]
    if command in ("serve", "change", "mail"):
        end_with_parent()
    if command == "change":
        change(float(arguments[0]))
    else:
        {"serve": serve, "wait": wait, "seed": seed, "mail": mail}[command](*arguments)
