"""Prints botocore's endpoint of every service in every region, with and without FIPS, for one operation of each kind that
the rules tell apart. One JSON object per line: service, operation, region, fips, url, signing_region, signing_name; the
last three are null where botocore has no endpoint.

The rules are evaluated as botocore's client does it, by EndpointRulesetResolver, and not as the generator does it.
"""

import json
import sys

import botocore.exceptions
import botocore.hooks
from botocore.regions import EndpointRulesetResolver

import allowed

PARTITIONS = allowed.LOADER.load_data("partitions")


def resolver(service, model, region, fips):
    builtins = {
        "AWS::Region": region, "AWS::UseFIPS": fips, "AWS::UseDualStack": False, "AWS::S3::ForcePathStyle": True,
        "AWS::S3::Accelerate": False, "AWS::S3::UseGlobalEndpoint": False, "AWS::S3::DisableMultiRegionAccessPoints": True,
        "AWS::STS::UseGlobalEndpoint": False, "AWS::S3Control::UseArnRegion": False, "AWS::S3::UseArnRegion": False,
    }
    return EndpointRulesetResolver(
        endpoint_ruleset_data=allowed.LOADER.load_service_model(service, "endpoint-rule-set-1"),
        partition_data=PARTITIONS, service_model=model, builtins=builtins, client_context={},
        event_emitter=botocore.hooks.HierarchicalEmitter(),
    )


def kinds(model, names):
    """One operation for each set of static parameters of the rules."""
    found = {}
    for name in names:
        fixed = model.operation_model(name).static_context_parameters
        found.setdefault(tuple(sorted((parameter.name, str(parameter.value)) for parameter in fixed)), name)
    return found.values()


def main():
    services, _ = allowed.operations()
    regions = [
        region for partition in PARTITIONS["partitions"] for region in partition["regions"] if not region.endswith("-global")
    ]
    for service in allowed.services_of_part(services, sys.argv[1:]):
        model = allowed.service_model(service)
        names = list(kinds(model, services[service]))
        for fips in (False, True):
            rules = resolver(service, model, None, fips)  # parsed once: parsing is what costs
            for region in regions:
                rules._builtins["AWS::Region"] = region
                for name in names:
                    operation = model.operation_model(name)
                    arguments = {}
                    if any(parameter.name == "Bucket" for parameter in operation.context_parameters):
                        arguments["Bucket"] = "my-bucket"
                    if any(parameter.name == "AccountId" for parameter in operation.context_parameters):
                        arguments["AccountId"] = "123456789012"  # s3control: we have it in the operation's host prefix
                    case = {"service": service, "operation": name, "region": region, "fips": fips}
                    try:
                        endpoint = rules.construct_endpoint(operation, arguments, {"client_config": None})
                    except botocore.exceptions.BotoCoreError:
                        print(json.dumps({**case, "url": None}))
                        continue
                    url = endpoint.url.removesuffix("/my-bucket").replace("//my-bucket.", "//").replace("//123456789012.", "//")
                    schemes = endpoint.properties.get("authSchemes", [])
                    # The first that botocore can make: SigV4A needs its optional native library.
                    scheme = next((scheme for scheme in schemes if scheme["name"] in ("sigv4", "sigv4-s3express")), {})
                    print(json.dumps({
                        **case, "url": url, "signing_region": scheme.get("signingRegion", region),
                        "signing_name": scheme.get("signingName", model.signing_name),
                    }))


if __name__ == "__main__":
    main()
