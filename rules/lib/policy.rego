# Predicates over input.derived.policies (statements as Rust has normalised them) and input.derived.reach (who can reach the
# resource through its policies, denies and conditions taken into account).
package lib.policy

# Ways in for anybody, or anybody with an AWS account, through policies in this member of the document.
public_reach(reach, member) := reach_of(reach, member, {"internet", "any_aws_account"})

# Ways in for accounts and organisations nobody has told us about.
unknown_reach(reach, member) := reach_of(reach, member, {"unknown_account", "unknown_organisation"})

# Ways in for one of the classes.
reach_of(reach, member, classes) := {way |
	some way in reach
	way.member == member
	way.class in classes
}

# Statements of the policies in force in this member of the document.
statements(policies, member) := {statement |
	some policy in policies
	policy.member == member
	policy.is_default
	some statement in policy.statements
}

# Statements of all policies in force that grant permissions (not those that say who may take a role).
grants(policies) := {statement |
	some policy in policies
	not policy.member in {"AssumeRolePolicyDocument", "InstanceProfileList"}
	policy.is_default
	some statement in policy.statements
	statement.effect == "Allow"
}

# A statement as messages name it: by its Sid. Without one its subject is a digest, which says nothing to people.
named(subject) := sprintf("statement %s", [subject]) if not startswith(subject, "statement ")

named(subject) := "a statement without Sid" if startswith(subject, "statement ")

# "s3:getobject, s3:putobject", shortened, for messages.
actions(statement) := shorten(statement.actions) if count(statement.actions) > 0

actions(statement) := sprintf("everything but %s", [shorten(statement.not_actions)]) if count(statement.actions) == 0

# The first of some texts, and how many more there are.
shorten(texts) := concat(", ", texts) if count(texts) <= 4

shorten(texts) := sprintf("%s and %d more", [concat(", ", array.slice(texts, 0, 3)), count(texts) - 3]) if count(texts) > 4

# Whom a way in is for, as subjects say it: the account's number, else the principal as written. Never the name that somebody gave the
# account: another name would be another finding, and what was decided about this one would be lost.
who(way) := way.account if is_string(way.account)

who(way) := way.who if not is_string(way.account)

# Whether an Allow statement grants every action on every resource. A condition does not matter: whoever meets it is an administrator.
is_administrator(statement) if {
	statement.effect == "Allow"
	some action in statement.actions
	action in {"*", "*:*"}
	some resource in statement.resources
	regex.match(`^(\*+|\*:\*|arn:\*|arn:[a-z*-]+:\*)$`, resource)
}

# Whether a resource pattern covers every resource of a kind, such as kms and key, at least of one account.
is_every(resource, _, _) if regex.match(`^(\*+|\*:\*|arn:\*|arn:[a-z*-]+:\*)$`, resource)

is_every(resource, service, kind) if {
	regex.match(sprintf(`^arn:[a-z*-]+:(\*|%s):\*?(:\*|:(\*|[0-9]{12}):(\*|%s/?\*))?$`, [service, kind]), resource)
}

# Whether a resource pattern covers every resource of a kind in all accounts. What leaves out one account's leaves all others' in.
is_every_anywhere(resource, _, _) if regex.match(`^(\*+|\*:\*|arn:\*|arn:[a-z*-]+:\*)$`, resource)

is_every_anywhere(resource, service, kind) if {
	regex.match(sprintf(`^arn:[a-z*-]+:(\*|%s):(\*|\*?:\*|\*?:\*:(\*|%s/?\*))$`, [service, kind]), resource)
}

# Whether a statement is for every resource of a kind, at least of one account, or for all but some (NotResource).
is_on_every(statement, service, kind) if {
	some resource in statement.resources
	is_every(resource, service, kind)
}

is_on_every(statement, service, kind) if {
	count(statement.not_resources) > 0
	every resource in statement.not_resources {
		not is_every_anywhere(resource, service, kind)
	}
}

# Whether a statement's action patterns cover an action, given in lower case (NotAction: do not leave it out).
covers(statement, action) if action in statement.actions

covers(statement, action) if {
	some pattern in statement.actions
	contains(pattern, "*") # a glob costs more than all the rest
	glob.match(pattern, [], action)
}

covers(statement, action) if {
	some pattern in statement.actions
	contains(pattern, "?")
	glob.match(pattern, [], action)
}

covers(statement, action) if {
	count(statement.not_actions) > 0
	every pattern in statement.not_actions {
		not glob.match(pattern, [], action)
	}
}

# What a way in allows of some actions, given in lower case: its patterns that cover one of them.
patterns_for(way, wanted) := [pattern | some pattern in way.actions; covers_one(pattern, wanted)] if not is_by_exclusion(way)

# Of a statement with NotAction the patterns are words: "* except s3:getobject".
patterns_for(way, wanted) := way.actions if {
	is_by_exclusion(way)
	count(allowed(way, wanted)) > 0
}

# Which of some actions, given in lower case, a way in allows.
allowed(way, wanted) := spelled | matched if {
	not is_by_exclusion(way)
	patterns := {lower(pattern) | some pattern in way.actions}
	spelled := wanted & patterns
	wild := [pattern | some pattern in patterns; regex.match(`[*?]`, pattern)]
	matched := {action | some pattern in wild; some action in wanted; glob.match(pattern, [], action)}
}

allowed(way, wanted) := {action | some action in wanted; not is_left_out(way, action)} if is_by_exclusion(way)

is_by_exclusion(way) if count(way.not_actions) > 0

is_left_out(way, action) if {
	some pattern in way.not_actions
	glob.match(pattern, [], action)
}

covers_one(pattern, wanted) if lower(pattern) in wanted

covers_one(pattern, wanted) if {
	regex.match(`[*?]`, pattern) # a glob costs more than all the rest
	some action in wanted
	glob.match(lower(pattern), [], action)
}

# Ways in for an AWS service that anybody can make act on the resource, with no condition that ties it to one of our accounts.
unguarded_services(reach, member) := {way |
	some way in reach_of(reach, member, {"aws_service"})
	way.guarded == false
}

# "attach a policy to oneself (iam:attachuserpolicy), and 2 more ways to raise privileges".
escalation(way) := sprintf("it can raise its privileges: %s", [escalation_words(way.methods[0])]) if count(way.methods) == 1

escalation(way) := sprintf("it can raise its privileges in %d ways: %s, for one", [count(way.methods), escalation_words(way.methods[0])]) if count(way.methods) > 1

escalation_words(method) := sprintf("%s (%s)", [method.title, concat(" + ", method.actions)])
