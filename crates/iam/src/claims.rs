//! What the claims of identity providers' tokens say about whose token it is. A role is pinned only by a claim that strangers, who
//! hold tokens of the same provider, cannot have.
//!
//! Source of the keys: IAM User Guide, "IAM and AWS STS condition context keys", sections on OIDC federation and on provider-specific
//! claims.

use crate::pattern::{self, Case};

/// The facts about a provider.
struct Provider {
    /// Patterns of its issuers, as they stand before the claim in a condition key.
    issuers: &'static [&'static str],
    owners: Owners,
    subject: Subject,
    /// Whether it gives tokens to whoever asks, of an application that it is enough to know of.
    has_guests: bool,
}

/// Which claims tell the holders of a provider's tokens apart.
enum Owners {
    These(&'static [&'static str]),
    /// Of a provider nobody knows more of: the audience is what the requester asks for, the method is the same for many.
    AllButAudience,
}

/// How the subject names an owner.
enum Subject {
    /// Names and values of claims, `repo:octo-org/octo-repo:environment:prod`; which ones is for the owner of a repository to choose.
    Claims,
    /// Behind one of these beginnings, up to one of these characters.
    Behind(&'static [&'static str], &'static [char]),
    /// Behind what kind of name follows.
    BehindKind,
    /// It is the name.
    Whole,
}

const AUDIENCES: [&str; 4] = ["aud", "app_id", "azp", "oaud"];

/// Claims that providers of applications' users assign: the application, and the user.
const OF_APPLICATIONS: Owners = Owners::These(&["aud", "app_id", "azp", "oaud", "sub", "id", "user_id"]);

/// The first whose pattern matches counts; the last is for all others.
const PROVIDERS: [Provider; 10] = [
    // GitHub Docs, "OpenID Connect reference": "Custom claims provided by GitHub", "Customizing the subject claims for an organization or
    // repository" (`repository` is `repo` there, colons in values are encoded), "Substituted values" and "Customizing the issuer value for
    // an enterprise" for the issuers. A branch, an environment or a workflow is called alike in everybody's repositories. A reusable
    // workflow may be called from anybody's: it says whose code runs. The actor is whoever caused the run, by a comment in a stranger's
    // repository as well: neither says on whose behalf it runs.
    Provider {
        issuers: &[
            "token.actions.githubusercontent.com",
            "token.actions.githubusercontent.com/*",
            "token.actions.*.ghe.com",
            "token.actions.*.ghe.com/*",
            "*/_services/token",
            "*/_services/token/*",
        ],
        owners: Owners::These(&[
            "sub",
            "repo",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "workflow_ref",
            "enterprise",
            "enterprise_id",
        ]),
        subject: Subject::Claims,
        has_guests: false,
    },
    // GitLab Docs, "Connect to cloud services", section on the subject: it begins with the path of the project.
    Provider {
        issuers: &["gitlab.com"],
        owners: Owners::AllButAudience,
        subject: Subject::Behind(&["project_path:"], &['/', ':']),
        has_guests: false,
    },
    // HashiCorp Developer, "Dynamic credentials with the AWS provider"; Buildkite Docs, "OIDC with AWS".
    Provider {
        issuers: &["app.terraform.io", "agent.buildkite.com"],
        owners: Owners::AllButAudience,
        subject: Subject::Behind(&["organization:"], &[':']),
        has_guests: false,
    },
    // CircleCI Docs, "Using OpenID Connect tokens in jobs".
    Provider {
        issuers: &["oidc.circleci.com/org/*"],
        owners: Owners::AllButAudience,
        subject: Subject::Behind(&["org/"], &['/']),
        has_guests: false,
    },
    // Atlassian Support, "Deploy on AWS using Bitbucket Pipelines OpenID Connect": the id of the repository in braces comes first.
    Provider {
        issuers: &["api.bitbucket.org/2.0/workspaces/*"],
        owners: Owners::AllButAudience,
        subject: Subject::Behind(&["{"], &['}']),
        has_guests: false,
    },
    // Pulumi Docs, "Configuring OpenID Connect for AWS", of deployments and of environments.
    Provider {
        issuers: &["api.pulumi.com/oidc"],
        owners: Owners::AllButAudience,
        subject: Subject::Behind(&["pulumi:deploy:org:", "pulumi:environments:org:"], &[':']),
        has_guests: false,
    },
    // EKS User Guide, "Assign IAM roles to Kubernetes service accounts": the namespace, then the account.
    Provider {
        issuers: &["oidc.eks.*/id/*"],
        owners: Owners::AllButAudience,
        subject: Subject::Behind(&["system:serviceaccount:"], &[':']),
        has_guests: false,
    },
    // Cognito Developer Guide, "Role trust and permissions": the audience is the identity pool. A pool may have guests, who need its id
    // only; that stands in the code of its applications, which may be a public web page ("Identity pools authentication flow").
    Provider {
        issuers: &["cognito-identity*.amazonaws.com*"],
        owners: OF_APPLICATIONS,
        subject: Subject::Whole,
        has_guests: true,
    },
    // IAM User Guide, "IAM and AWS STS condition context keys", section on OIDC federation: the audience is the application.
    Provider {
        issuers: &["accounts.google.com", "www.amazon.com", "graph.facebook.com"],
        owners: OF_APPLICATIONS,
        subject: Subject::Whole,
        has_guests: false,
    },
    Provider {
        issuers: &["*"],
        owners: Owners::AllButAudience,
        subject: Subject::BehindKind,
        has_guests: false,
    },
];

/// The method by which an identity pool knows its guests.
pub(crate) const AS_GUEST: &str = "unauthenticated";

/// Whether the provider gives tokens to guests.
pub(crate) fn has_guests(issuer: &str) -> bool {
    Provider::of(issuer).has_guests
}

impl Provider {
    fn of(issuer: &str) -> &'static Self {
        let is_of = |provider: &&Self| {
            let mut issuers = provider.issuers.iter();
            issuers.any(|known| pattern::matches(known, issuer, Case::Insensitive))
        };
        let [.., others] = &PROVIDERS;
        PROVIDERS.iter().find(is_of).unwrap_or(others)
    }
}

/// A claim that a condition key asks for.
pub(crate) struct Claim {
    provider: &'static Provider,
    name: String,
}

impl Claim {
    /// Of a key `<issuer>:<claim>`.
    pub(crate) fn of(key: &str) -> Self {
        let (issuer, name) = key.rsplit_once(':').unwrap_or(("", key));
        Self {
            provider: Provider::of(issuer),
            name: name.to_ascii_lowercase(),
        }
    }

    /// Whether it tells the holders of the provider's tokens apart, so that a fixed value pins them.
    pub(crate) fn tells_owners_apart(&self) -> bool {
        match self.provider.owners {
            Owners::These(names) => names.contains(&self.name.as_str()),
            Owners::AllButAudience => !self.is_audience() && self.name != "amr",
        }
    }

    pub(crate) fn is_audience(&self) -> bool {
        AUDIENCES.contains(&self.name.as_str())
    }

    /// Whether it is how the holder of the token signed in, if at all, to a provider that has guests.
    pub(crate) fn tells_guests(&self) -> bool {
        self.provider.has_guests && self.name == "amr"
    }

    /// Whether it is what guests have in common with those who signed in.
    pub(crate) fn is_shared_with_guests(&self) -> bool {
        self.provider.has_guests && self.is_audience()
    }

    /// Whether a value of it names an owner, to the end of the name: `repo:octo-org/*` and not `repo:octo-org*`, which `octo-org-two`
    /// matches as well.
    pub(crate) fn names_owner(&self, value: &str, takes_wildcards: bool) -> bool {
        if value.is_empty() || value.contains("${") {
            return false;
        }
        let wildcard = value.find(['*', '?']).filter(|_| takes_wildcards);
        let (fixed, is_whole) = (&value[..wildcard.unwrap_or(value.len())], wildcard.is_none());
        let is_subject = self.name == "sub";
        match self.provider.subject {
            Subject::Claims if is_subject => self.lists_owner(fixed, is_whole),
            _ if is_whole => true,
            Subject::Behind(beginnings, ends) if is_subject => {
                let mut behind = beginnings.iter().filter_map(|beginning| fixed.strip_prefix(beginning));
                behind.any(|rest| reaches(rest, ends))
            }
            Subject::BehindKind if is_subject => {
                let behind = fixed
                    .strip_prefix("system:serviceaccount:")
                    .or_else(|| fixed.strip_prefix("org/"))
                    .or_else(|| fixed.split_once(':').map(|(_, rest)| rest));
                behind.is_some_and(|rest| reaches(rest, &['/', ':']))
            }
            Subject::Whole if is_subject => false,
            _ => !self.is_audience() && reaches(fixed, &['/']),
        }
    }

    /// Whether a list of names and values of claims has an owner's, as far as it is fixed.
    fn lists_owner(&self, fixed: &str, is_whole: bool) -> bool {
        let Owners::These(owners) = self.provider.owners else {
            return false;
        };
        let mut parts = fixed.split(':').peekable();
        while let Some(name) = parts.next() {
            // What a run of a pull request has for its context is no name of a claim.
            if name == "pull_request" {
                continue;
            }
            let value = parts.next().unwrap_or_default();
            let is_complete = !value.is_empty() && (is_whole || parts.peek().is_some());
            if owners.contains(&name) && (is_complete || reaches(value, &['/'])) {
                return true;
            }
        }
        false
    }
}

/// Whether the text goes on to one of the characters, with something before it.
fn reaches(text: &str, ends: &[char]) -> bool {
    text.find(ends).is_some_and(|end| end > 0)
}
