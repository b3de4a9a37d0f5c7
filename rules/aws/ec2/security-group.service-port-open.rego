# METADATA
# title: Security group open to the internet on a database or internal service port
# description: |
#   An ingress rule accepts a port of a database, cache, queue or file service from practically the whole internet.
#   Permissions for every port are left to aws.ec2.security-group.all-ports-open.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
# custom:
#   id: aws.ec2.security-group.service-port-open
#   technology: aws.ec2.security-group
#   score: 8
#   rationale: >-
#     These services are built for trusted networks: many have no or weak authentication by default and hold the data
#     itself.
#   remediation: Accept the port from the security groups of its clients only.
#   parameters:
#     ports:
#       FTP: [20, 21]
#       Telnet: [23]
#       SMB: [445]
#       SQL Server: [1433, 1434]
#       Oracle: [1521, 2483, 2484]
#       MySQL: [3306]
#       PostgreSQL: [5432]
#       Kibana: [5601]
#       Redis: [6379]
#       Cassandra: [7000, 7001, 7199, 9042, 9160]
#       Kafka: [9092]
#       Elasticsearch: [9200, 9300]
#       Memcached: [11211]
#       MongoDB: [27017, 27018]
#   reads: [aws.ec2.managed-prefix-list]
#   equivalents:
#     security_hub: [EC2.19]
#     prowler:
#       - ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_ftp_20_21
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_telnet_23
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_sql_server_1433_1434
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_oracle_1521_2483
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mysql_3306
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_redis_6379
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_cassandra_7199_9160_8888
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_kafka_9092
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_elasticsearch_kibana_9200_9300_5601
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_memcached_11211
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mongodb_27017_27018
#     security_monkey: [Internet Accessible]
package rules.aws.ec2.security_group.service_port_open

import data.lib.network

findings contains finding if {
	some permission in input.derived.ingress
	permission.internet
	permission.protocol == "tcp"
	not permission.all_ports
	some service, ports in input.parameters.ports
	some port in ports
	permission.from_port <= port
	port <= permission.to_port
	finding := {
		"subject": sprintf("%s tcp/%d", [permission.cidr, port]),
		"message": sprintf("port %d (%s) is open to %s", [port, service, network.source(permission)]),
		"evidence": permission.path,
	}
}
