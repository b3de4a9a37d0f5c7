//! Which host answers for a service in a region, and with what region and name its requests are signed.
//!
//! The answers are botocore's own, for every region of every partition: the generator runs botocore's rule engine and
//! stores one template per partition and the exceptions. Overrides by configuration are the session's matter.

use crate::models::{Models, Operation, Service};

/// Where requests go and how they are signed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `https://` and the host; with a path for a few services.
    pub url: String,
    /// Region in the credential scope; for global services not the region asked for.
    pub signing_region: String,
    /// Service's name in the credential scope.
    pub signing_name: String,
}

/// A service that has no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service} has no {kind}endpoint in {region}")]
pub struct NoEndpoint {
    /// Service's name.
    pub service: String,
    /// Region asked for.
    pub region: String,
    /// `FIPS ` or nothing.
    pub kind: &'static str,
}

/// Which certified variant of an endpoint is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EndpointVariant {
    /// The ordinary one.
    #[default]
    Standard,
    /// With FIPS 140 validated cryptography (`AWS_USE_FIPS_ENDPOINT`).
    Fips,
}

/// Where an operation of a service goes in a region; regions newer than the table follow their partition's pattern.
///
/// Nearly always the same for all operations of a service; not for ACM, Kinesis and a few others.
pub fn resolve(
    models: &Models,
    service: &Service,
    operation: &Operation,
    region: &str,
    variant: EndpointVariant,
) -> Result<Endpoint, NoEndpoint> {
    let partition = models.partition_index(region);
    let row = service.endpoints.row(
        operation.endpoint_set,
        variant == EndpointVariant::Fips,
        partition,
        region,
    );
    let row = row.ok_or_else(|| NoEndpoint {
        service: service.name.clone(),
        region: region.to_owned(),
        kind: if variant == EndpointVariant::Fips { "FIPS " } else { "" },
    })?;
    Ok(Endpoint {
        url: row.url.replace("{region}", region),
        signing_region: row.signing_region.replace("{region}", region),
        signing_name: row.signing_name.clone(),
    })
}
