# Words for the policies of a Lambda function: its own, and one of each alias. The alias of the function's own is empty.
package lib.lambda

# A finding's subject: of an alias's policy after the alias's name, so that equal statements of two policies are two findings.
subject("", text) := text

subject(alias, text) := sprintf("%s/%s", [alias, text]) if alias != ""

# The policy as messages name it.
named("") := "the policy"

named(alias) := sprintf("the policy of the alias %s", [alias]) if alias != ""
