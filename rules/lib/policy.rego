# Predicates over input.derived.policies: policies, and their statements as Rust has normalised them.
package lib.policy

# Statements of a policy's Allow side that let in anybody, or anybody with an AWS account.
public_statements(policies, member) := {statement |
	some policy in policies
	policy.member == member
	some statement in policy.statements
	statement.public
}

# (statement, principal) pairs of Allow statements whose principal is of one of the classes.
principals_of_class(policies, member, classes) := {[statement, principal] |
	some policy in policies
	policy.member == member
	some statement in policy.statements
	statement.effect == "Allow"
	some principal in statement.principals
	principal.class in classes
}

# "action a, b and 3 more", for messages.
actions(statement) := shorten(statement.actions) if count(statement.actions) > 0

actions(statement) := sprintf("everything but %s", [shorten(statement.not_actions)]) if count(statement.actions) == 0

shorten(texts) := concat(", ", texts) if count(texts) <= 4

shorten(texts) := sprintf("%s and %d more", [concat(", ", array.slice(texts, 0, 3)), count(texts) - 3]) if count(texts) > 4

# The account of a principal, with its name where we know one.
who(principal) := sprintf("%s (%s)", [principal.account, principal.name]) if {
	principal.account
	principal.name
}

who(principal) := principal.account if {
	principal.account
	not principal.name
}

who(principal) := principal.value if not principal.account

# Whether an Allow statement grants every action on every resource, without a condition.
is_administrator(statement) if {
	statement.effect == "Allow"
	some action in statement.actions
	action in {"*", "*:*"}
	some resource in statement.resources
	resource in {"*", "*:*", "arn:aws:*", "arn:*"}
	count(statement.conditions) == 0
}
