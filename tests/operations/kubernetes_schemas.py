"""Writes the JSON Schemas of Kubernetes's kinds, as kubeconform reads them, from the package kubernetes-validate.

usage: kubernetes_schemas.py FOLDER
"""

import glob
import json
import os
import sys

import kubernetes_validate

VERSION = "1.36.0"


def main(target):
    source = os.path.join(os.path.dirname(kubernetes_validate.__file__), "kubernetes-json-schema")
    for suffix in ("", "-strict"):
        name = f"v{VERSION}-local{suffix}"
        os.makedirs(os.path.join(target, name))
        for path in glob.glob(os.path.join(source, name, "*.json")):
            with open(path, encoding="utf-8") as file:
                schema = json.load(file)
            schema.pop("$id", None)  # or references are resolved against it, over the network
            text = json.dumps(schema).replace('"/api/_definitions.json#', '"_definitions.json#')
            with open(os.path.join(target, name, os.path.basename(path)), "w", encoding="utf-8") as file:
                file.write(text)


if __name__ == "__main__":
    main(sys.argv[1])
