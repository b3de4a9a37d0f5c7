use super::{ErrorKind, kind_of};

#[test]
fn codes_have_their_kind() {
    for (code, status, kind) in [
        ("AccessDenied", 403, ErrorKind::Denied),
        ("UnauthorizedOperation", 403, ErrorKind::Denied),
        ("AuthFailure", 401, ErrorKind::Credentials),
        ("InvalidClientTokenId", 403, ErrorKind::Credentials),
        ("ExpiredToken", 403, ErrorKind::ExpiredCredentials),
        ("RequestExpired", 400, ErrorKind::ExpiredCredentials),
        ("Throttling", 400, ErrorKind::Throttled),
        ("SlowDown", 503, ErrorKind::Throttled),
        ("NoSuchBucketPolicy", 404, ErrorKind::NotFound),
        ("InvalidGroup.NotFound", 400, ErrorKind::NotFound),
        ("DBInstanceNotFound", 404, ErrorKind::NotFound),
        (
            "ServerSideEncryptionConfigurationNotFoundError",
            404,
            ErrorKind::NotFound,
        ),
        ("AWSOrganizationsNotInUseException", 400, ErrorKind::NotSubscribed),
        ("SubscriptionRequiredException", 403, ErrorKind::NotSubscribed),
        ("SomethingNew", 403, ErrorKind::Denied),
        ("SomethingNew", 404, ErrorKind::NotFound),
        ("SomethingNew", 429, ErrorKind::Throttled),
        ("InternalError", 500, ErrorKind::Service),
        ("ValidationException", 400, ErrorKind::Service),
    ] {
        assert_eq!(kind_of(code, status, false), kind, "{code} {status}");
    }
}

#[test]
fn an_opt_in_region_that_is_off_is_not_a_credentials_problem() {
    assert_eq!(
        kind_of("UnrecognizedClientException", 400, true),
        ErrorKind::RegionDisabled
    );
    assert_eq!(kind_of("AuthFailure", 401, true), ErrorKind::RegionDisabled);
    assert_eq!(kind_of("AccessDenied", 403, true), ErrorKind::Denied);
}
