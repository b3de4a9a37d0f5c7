#!/usr/bin/env python3
"""Proposes lines for `allowed-operations.txt`: the first filter, not the decision.

Prints every operation of botocore's models that looks like a read of configuration and is not yet in the list, and every
line of the list that botocore no longer knows. A person reviews each proposal: a name is no safety boundary. The deny
rules below record why things that look like reads are not proposed; they are checked against the list too, so that a
denied operation cannot slip in without the rule being changed in the same review.

    .venv/bin/python models/propose.py            # what is new, and what is gone
    .venv/bin/python models/propose.py --all      # the whole list, grouped, as it was first written
"""

import argparse
import pathlib
import re
import sys

import botocore.loaders

HERE = pathlib.Path(__file__).parent
LIST = HERE / "allowed-operations.txt"

READ = re.compile(r"^(Get|List|Describe|BatchGet|BatchDescribe|Head|Lookup)(?=[A-Z0-9]|$)")

# Reads of configuration under other names, each looked at.
ALSO = {
    "accessanalyzer:CheckAccessNotGranted", "accessanalyzer:CheckNoNewAccess", "accessanalyzer:CheckNoPublicAccess",
    "accessanalyzer:ValidatePolicy", "config:SelectAggregateResourceConfig", "config:SelectResourceConfig",
    "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy", "identitystore:IsMemberInGroups",
    "opensearch:CompareDomainConfiguration", "resource-explorer-2:Search", "resource-groups:SearchResources",
    "route53:TestDNSAnswer",
}

# Whole services: they serve content, sessions or credentials and not configuration, or cannot be signed with SigV4.
SERVICES = {
    "account-access-runtime": "role credentials; bearer tokens",
    "apigatewaymanagementapi": "connections of clients",
    "appconfigdata": "delivers configuration content to applications",
    "bedrock-agent-runtime": "conversations", "bedrock-agentcore": "tokens and API keys of agents",
    "bedrock-data-automation-runtime": "results", "bedrock-runtime": "model invocations",
    "chime-sdk-meetings": "join tokens", "chime-sdk-messaging": "messages",
    "cloudfront-keyvaluestore": "stored values", "cloudsearchdomain": "documents", "cloudtrail-data": "event ingestion",
    "codecatalyst": "bearer tokens, not SigV4", "cognito-sync": "users' data", "connect-contact-lens": "conversations",
    "connectparticipant": "conversations", "dynamodbstreams": "records", "ebs": "blocks of snapshots",
    "eks-auth": "credentials", "forecastquery": "results", "geo-maps": "maps", "geo-places": "places",
    "geo-routes": "routes", "importexport": "signature version 2", "iot-data": "device state", "iot-jobs-data": "device jobs",
    "keyspacesstreams": "records", "kinesis-video-archived-media": "media", "kinesis-video-media": "media",
    "kinesis-video-signaling": "credentials of TURN servers", "kinesis-video-webrtc-storage": "media",
    "lex-runtime": "conversations", "lexv2-runtime": "conversations", "managedblockchain-query": "public chains",
    "marketplace-entitlement": "entitlements of buyers", "mediastore-data": "objects", "meteringmarketplace": "metering",
    "neptunedata": "graph data", "opensearchmemory": "stored memories", "payment-cryptography-data": "cryptography",
    "personalize-events": "events", "personalize-runtime": "results", "pi": "performance samples",
    "rds-data": "rows", "redshift-data": "rows", "sagemaker-a2i-runtime": "human reviews", "sagemaker-edge": "devices",
    "sagemaker-featurestore-runtime": "records", "sagemaker-inference-router-runtime": "inference",
    "sagemaker-metrics": "metrics", "sagemaker-runtime": "inference", "sagemakerjobruntime": "jobs' data",
    "sagemakertrainingsessionruntime": "sessions", "sdb": "signature version 2", "signer-data": "signing",
    "signin": "tokens", "ssm-guiconnect": "recordings", "sso": "role credentials, by the user's token",
    "sso-oidc": "tokens", "timestream-query": "rows", "workmailmessageflow": "messages",
}

# Words in names: (pattern, why, what the pattern catches although it is harmless).
WORDS = [
    (r"Credential", "mints or returns credentials", {
        "bedrock-agentcore-control:GetApiKeyCredentialProvider", "bedrock-agentcore-control:GetOauth2CredentialProvider",
        "bedrock-agentcore-control:GetPaymentCredentialProvider", "bedrock-agentcore-control:ListApiKeyCredentialProviders",
        "bedrock-agentcore-control:ListOauth2CredentialProviders", "bedrock-agentcore-control:ListPaymentCredentialProviders",
        "chime-sdk-voice:ListVoiceConnectorTerminationCredentials", "codebuild:ListSourceCredentials",
        "iam:GetCredentialReport", "iam:ListServiceSpecificCredentials",
    }),
    (r"Token", "mints or returns tokens", {
        "bedrock-agentcore-control:GetTokenVault", "codedeploy:ListGitHubAccountTokenNames",
        "grafana:ListWorkspaceServiceAccountTokens", "sso-admin:DescribeTrustedTokenIssuer",
        "sso-admin:ListTrustedTokenIssuers", "workmail:GetPersonalAccessTokenMetadata", "workmail:ListPersonalAccessTokens",
    }),
    (r"Password", "returns passwords", {"iam:GetAccountPasswordPolicy"}),
    (r"Secret", "returns secrets", {
        "kafka:ListScramSecrets", "secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds",
        "secretsmanager:ListSecrets",
    }),
    (r"Decrypt", "decrypts", set()),
    (r"A(pi|PI)Keys?$", "the key is in the answer", {"apigateway:GetApiKey", "apigateway:GetApiKeys"}),
    (r"AccessKeys?$", "returns access keys", {"iam:ListAccessKeys"}),
    (r"(Url|URL|Urls|URLs)(V2)?$", "returns a pre-signed address", {"sqs:GetQueueUrl"}),
    (r"(Presigned|Signed)", "returns a pre-signed address", set()),
    (r"SessionEndpoint|DataAccess$|ComputeAccess|InstanceAccess", "returns credentials", {
        "s3control:ListDataAccess", "mpa:GetSession",
    }),
    (r"^(Get|BatchGet)(Item|Record|Records|RowS?|ShardIterator|LogEvents|LogRecord|LogObject|QueryResults?|StatementResult)$",
     "reads content, not configuration", {"servicecatalog:GetRecord"}),
]

# Single operations, with the reason.
OPERATIONS = {
    "appstream:DescribeAppLicenseUsage": "usage by persons",
    "athena:GetQueryResults": "rows", "athena:GetQueryRuntimeStatistics": "data of queries",
    "cloudwatch:GetMetricWidgetImage": "pictures",
    "codecommit:BatchGetCommits": "content", "codecommit:GetBlob": "content", "codecommit:GetFile": "content",
    "codecommit:GetFolder": "content", "codecommit:GetDifferences": "content",
    "codepipeline:GetJobDetails": "artifact credentials", "codepipeline:GetThirdPartyJobDetails": "artifact credentials",
    "cognito-idp:GetDevice": "by the user's access token", "cognito-idp:GetUser": "by the user's access token",
    "cognito-idp:GetUserAttributeVerificationCode": "sends a code: a write",
    "cognito-idp:GetUserAuthFactors": "by the user's access token", "cognito-idp:ListDevices": "by the user's access token",
    "cognito-idp:ListUsers": "personal data of the application's users",
    "cognito-idp:ListUsersInGroup": "personal data of the application's users",
    "cognito-identity:GetId": "creates an identity",
    "connect:BatchGetAttachedFileMetadata": "personal data", "connect:DescribeContact": "personal data",
    "connect:GetAttachedFile": "pre-signed address", "connect:GetContactAttributes": "personal data",
    "connect:GetCurrentUserData": "personal data", "connect:GetPromptFile": "pre-signed address",
    "connect:ListContactReferences": "personal data", "connect:ListRealtimeContactAnalysisSegmentsV2": "conversations",
    "customer-profiles:BatchGetProfile": "personal data", "customer-profiles:GetMatches": "personal data",
    "customer-profiles:BatchGetCalculatedAttributeForProfile": "personal data",
    "customer-profiles:GetCalculatedAttributeForProfile": "personal data",
    "customer-profiles:GetProfileHistoryRecord": "personal data", "customer-profiles:GetProfileRecommendations": "personal data",
    "customer-profiles:GetSimilarProfiles": "personal data", "customer-profiles:ListProfileHistoryRecords": "personal data",
    "customer-profiles:ListProfileObjects": "personal data", "customer-profiles:GetSegmentMembership": "personal data",
    "datazone:GetConnection": "returns passwords", "datazone:ListConnections": "returns passwords",
    "dynamodb:BatchGetItem": "rows", "dynamodb:GetItem": "rows",
    "ec2:GetConsoleOutput": "may show secrets", "ec2:GetConsoleScreenshot": "may show secrets",
    "ec2:GetVpnConnectionDeviceSampleConfiguration": "pre-shared keys",
    "ecr:BatchGetImage": "content", "ecr:GetDownloadUrlForLayer": "content",
    "frauddetector:GetEventPrediction": "makes and stores a prediction", "frauddetector:GetEvent": "personal data",
    "frauddetector:GetEventPredictionMetadata": "personal data",
    "gamelift:GetPlayerConnectionDetails": "join tokens",
    "glue:GetConnection": "returns passwords unless told not to", "glue:GetConnections": "returns passwords unless told not to",
    "glue:GetEntityRecords": "rows", "glue:GetStatement": "results", "glue:GetUnfilteredPartitionMetadata": "data access",
    "glue:GetUnfilteredPartitionsMetadata": "data access", "glue:GetUnfilteredTableMetadata": "data access",
    "inspector2:BatchGetCodeSnippet": "source code",
    "iot:GetRegistrationCode": "creates the code when there is none",
    "iotsitewise:BatchGetAssetPropertyAggregates": "measurements", "iotsitewise:BatchGetAssetPropertyValue": "measurements",
    "iotsitewise:BatchGetAssetPropertyValueHistory": "measurements", "iotsitewise:GetAssetPropertyAggregates": "measurements",
    "iotsitewise:GetAssetPropertyValue": "measurements", "iotsitewise:GetAssetPropertyValueHistory": "measurements",
    "iotsitewise:GetInterpolatedAssetPropertyValues": "measurements",
    "iottwinmaker:GetPropertyValue": "measurements", "iottwinmaker:GetPropertyValueHistory": "measurements",
    "ivs:GetStreamKey": "the key is in the answer", "ivs:BatchGetStreamKey": "the key is in the answer",
    "kinesisvideo:GetDataEndpoint": "only of use for content",
    "kms:GetParametersForImport": "an import token",
    "lakeformation:GetWorkUnits": "results of queries", "lakeformation:GetWorkUnitResults": "rows",
    "lambda:GetFunction": "a pre-signed address of the code; use GetFunctionConfiguration, ListTags, GetFunctionConcurrency",
    "lambda:GetLayerVersion": "a pre-signed address of the code", "lambda:GetLayerVersionByArn": "a pre-signed address of the code",
    "lightsail:GetInstanceAccessDetails": "private keys",
    "lightsail:GetContainerLog": "content", "lightsail:GetRelationalDatabaseLogEvents": "content",
    "location:DescribeKey": "the key is in the answer", "location:GetDevicePosition": "positions",
    "location:BatchGetDevicePosition": "positions", "location:GetDevicePositionHistory": "positions",
    "location:ListDevicePositions": "positions", "location:GetPlace": "places",
    "logs:GetLogFields": "content",
    "macie2:GetSensitiveDataOccurrences": "returns the sensitive data it found",
    "medical-imaging:GetImageSet": "personal data", "medical-imaging:GetImageSetMetadata": "personal data",
    "mturk:GetAssignment": "answers of workers",
    "pinpoint:GetEndpoint": "personal data", "pinpoint:GetUserEndpoints": "personal data",
    "s3:GetBucketLifecycle": "deprecated: GetBucketLifecycleConfiguration",
    "s3:GetBucketNotification": "deprecated: GetBucketNotificationConfiguration",
    "sesv2:GetMessageInsights": "personal data", "sesv2:GetContact": "personal data", "sesv2:ListContacts": "personal data",
    "snowball:GetJobManifest": "unlocks devices", "snowball:GetJobUnlockCode": "unlocks devices",
    "ssm:GetCommandInvocation": "output may show secrets", "ssm:ListCommandInvocations": "output may show secrets",
    "ssm:GetDeployablePatchSnapshotForInstance": "a pre-signed address",
    "ssm:GetParameter": "values", "ssm:GetParameterHistory": "values", "ssm:GetParameters": "values",
    "ssm:GetParametersByPath": "values",
    "stepfunctions:DescribeExecution": "input and output of executions",
    "stepfunctions:GetActivityTask": "takes a task: a write", "stepfunctions:GetExecutionHistory": "input and output",
    "storagegateway:DescribeChapCredentials": "secrets",
    "swf:GetWorkflowExecutionHistory": "input and output",
    "wafv2:GetSampledRequests": "requests of visitors", "waf:GetSampledRequests": "requests of visitors",
    "waf-regional:GetSampledRequests": "requests of visitors",
    "wickr:GetOidcInfo": "client secret", "wickr:GetOpentdfConfig": "client secret",
    "workdocs:GetDocumentVersion": "pre-signed address",
    "workspaces-web:GetSession": "sessions of persons",
    "athena:GetCalculationExecutionCode": "content",
    "cloudwatchomni:GetTelemetryQueryResults": "rows", "cognito-idp:ListUserSessions": "personal data",
    "connecthealth:GetMedicalScribeListeningSession": "personal data",
    "continuum:GetCollectorDataAccessAuthorization": "mints access",
    "devops-agent:GetAssetContent": "content", "devops-agent:GetAssetFile": "content",
    "devops-agent:ListChats": "conversations", "devops-agent:ListJournalRecords": "conversations",
    "devops-agent:ListPendingMessages": "conversations",
    "ec2:GetInstanceUefiData": "may hold keys",
    "elbv2:GetTrustStoreRevocationContent": "pre-signed address", "emr-serverless:GetDashboardForJobRun": "pre-signed address",
    "glue:GetSystemLogsForSession": "content", "lakeformation:GetGlueFunctionSessionContext": "data access",
    "lexv2-models:ListUtteranceAnalyticsData": "conversations",
    "mailmanager:GetArchiveMessage": "messages", "mailmanager:GetArchiveMessageContent": "messages",
    "mailmanager:GetArchiveSearchResults": "messages",
    "payment-cryptography:GetParametersForExport": "an export token", "pinpoint:GetInAppMessages": "personal data",
    "qapps:GetQAppSession": "conversations", "qapps:ListQAppSessionData": "conversations",
    "qbusiness:GetDocumentContent": "content", "qbusiness:ListMessages": "conversations",
    "qconnect:GetContent": "pre-signed address", "qconnect:GetNextMessage": "conversations",
    "qconnect:ListMessages": "conversations", "rum:GetAppMonitorData": "events of visitors",
    "securityagent:ListActorMessages": "conversations",
    "socialmessaging:GetWhatsAppMessageMedia": "stores the medium: a write",
    "support:DescribeAttachment": "content", "support:DescribeCommunications": "conversations",
    "support:GetAttachmentDownloadLink": "pre-signed address", "support:GetAttachmentUploadLinks": "pre-signed address",
    "taxsettings:GetTaxRegistrationDocument": "pre-signed address", "wisdom:GetContent": "pre-signed address",
    "workdocs:DescribeDocumentVersions": "pre-signed addresses",
}

# All `Get…` of these read results or content; their `List…` and `Describe…` are configuration.
GET_IS_CONTENT = {
    "ce": "every request is charged", "rekognition": "results", "textract": "results", "comprehendmedical": "results",
    "location": "maps and places",
}


def denied(service, operation):
    """Why the operation is not proposed, or None."""
    key = f"{service}:{operation}"
    if key in OPERATIONS:
        return OPERATIONS[key]
    if service in SERVICES:
        return SERVICES[service]
    if service in GET_IS_CONTENT and operation.startswith(("Get", "BatchGet")):
        return GET_IS_CONTENT[service]
    for pattern, why, harmless in WORDS:
        if re.search(pattern, operation) and key not in harmless:
            return why
    return None


def is_content(model, operation):
    """Whether the answer is a stream of bytes or of events."""
    if "output" not in operation:
        return False
    shapes = model["shapes"]
    output = shapes[operation["output"]["shape"]]
    for name, member in output.get("members", {}).items():
        shape = shapes[member["shape"]]
        if shape.get("eventstream") or shape.get("streaming") or member.get("streaming"):
            return True
        if name == output.get("payload") and shape["type"] == "blob":
            return True
    return False


def proposals():
    """{service: [operation]} of everything that may be allowed, and the set of everything that exists."""
    loader = botocore.loaders.Loader()
    wanted, existing = {}, set()
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        for name, operation in model["operations"].items():
            key = f"{service}:{name}"
            existing.add(key)
            if not (READ.match(name) or key in ALSO):
                continue
            if denied(service, name) is None and not is_content(model, operation):
                wanted.setdefault(service, []).append(name)
    return wanted, existing


def listed():
    """The lines of the list, without comments."""
    if not LIST.exists():
        return set()
    lines = (line.split("#")[0].strip() for line in LIST.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("-")}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--all", action="store_true", help="print the whole list")
    options = arguments.parse_args()
    wanted, existing = proposals()
    if options.all:
        for service in sorted(wanted):
            print(f"\n# {service}")
            for name in sorted(wanted[service]):
                print(f"{service}:{name}")
        return 0
    present = listed()
    for service in sorted(wanted):
        for name in sorted(wanted[service]):
            if f"{service}:{name}" not in present:
                print(f"+ {service}:{name}")
    for key in sorted(present):
        if key not in existing:
            print(f"- {key}   # botocore no longer has it")
        elif (why := denied(*key.split(":"))) is not None:
            print(f"! {key}   # {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
