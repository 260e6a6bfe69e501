"""Reads in-toto statements as the in-toto project defines them, and SLSA provenance as SLSA does; what neither knows is an error."""

import json
import sys

from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import resource_descriptor_pb2, statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    statement = json_format.Parse(text, statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    if statement.predicate_type == "https://slsa.dev/provenance/v1":
        provenance = json_format.ParseDict(json.loads(text)["predicate"], provenance_pb2.Provenance())
        definition = provenance.build_definition
        assert definition.build_type and definition.external_parameters, "the build definition is empty"
        assert provenance.run_details.builder.id, "no builder is named"
        for found in definition.resolved_dependencies:
            ResourceDescriptor.copy_from_pb(found).validate()
    print(statement.predicate_type)
