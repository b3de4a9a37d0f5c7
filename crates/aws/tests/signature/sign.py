"""What botocore signs: reads requests as JSON lines, prints for each the signature that AWS would compute.

A request is what came over the wire: method, url, headers, body. Only the headers it says are signed take part.
"""

import json
import sys

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for line in sys.stdin:
    request = json.loads(line)
    fields = dict(part.strip().split("=", 1) for part in request["headers"]["authorization"].split(" ", 1)[1].split(","))
    key, _, region, service, _ = fields["Credential"].split("/")
    signed = {name: request["headers"][name] for name in fields["SignedHeaders"].split(";")}
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(key, request["secret"]), service, region)
    rebuilt = AWSRequest(method=request["method"], url=request["url"], headers=signed, data=request["body"].encode())
    rebuilt.context["timestamp"] = signed["x-amz-date"]
    canonical = auth.canonical_request(rebuilt)
    print(json.dumps({
        "sent": fields["Signature"],
        "computed": auth.signature(auth.string_to_sign(rebuilt, canonical), rebuilt),
        "canonical": canonical,
    }))
