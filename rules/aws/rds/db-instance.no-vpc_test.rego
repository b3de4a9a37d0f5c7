package rules.aws.rds.db_instance.no_vpc_test

import data.rules.aws.rds.db_instance.no_vpc

test_fail_classic if {
	count(no_vpc.findings) == 1 with input as {"config": {"DBInstanceIdentifier": "d"}}
}

test_pass_vpc if {
	count(no_vpc.findings) == 0 with input as {"config": {"DBSubnetGroup": {"VpcId": "vpc-1"}}}
}

test_missing_group if {
	count(no_vpc.findings) == 1 with input as {"config": {}}
}
