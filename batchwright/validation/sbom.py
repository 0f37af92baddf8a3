"""The bill of materials in CycloneDX 1.6 (ECMA-424), written from the lock and what is installed.

`cyclonedx-bom` would be one more tree of packages for a document of one table. What the pack needs is written here: the
fields that the standard requires, package URLs, hashes of the archives, licences and who needs whom. The same lock at
the same commit gives the same bytes.
"""

import json
import re
import uuid
from pathlib import Path
from typing import Any

from batchwright.validation.licences import Package, direct, spdx
from batchwright.validation.model import Checkout

_NAMESPACE = uuid.UUID("6f1c2a55-6c0e-5b1e-9f55-0d8f4c1a7e21")
# Identifiers of SPDX that the standard's own list knows; all else is given by name.
_SPDX = re.compile(r"^(0BSD|Apache-2\.0|BSD-[23]-Clause|CC0-1\.0|ISC|MIT|MIT-CMU|MPL-2\.0|PSF-2\.0|Unlicense|Zlib)$")


def bill(checkout: Checkout, packages: tuple[Package, ...], version: str) -> bytes:
    """The document.

    Args:
        checkout: what it is about; its commit's time is that of the document.
        packages: those of the lock.
        version: of the project.
    """
    root = f"pkg:pypi/batchwright@{version}"
    refs: dict[str, list[str]] = {}
    for one in packages:
        refs.setdefault(one.name, []).append(_ref(one))
    needs = [
        {"ref": _ref(one), "dependsOn": sorted(ref for name in one.requires for ref in refs[name])} for one in packages
    ]
    wanted = sorted(ref for name in direct(checkout.root) for ref in refs.get(name, ()))
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, checkout.commit)}",
        "version": 1,
        "metadata": {
            "timestamp": checkout.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "batchwright",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "properties": [{"name": "batchwright:commit", "value": checkout.commit}],
            },
        },
        "components": [_component(one) for one in packages],
        "dependencies": [{"ref": root, "dependsOn": wanted}, *needs],
    }
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _ref(one: Package) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"


def _component(one: Package) -> dict[str, Any]:
    """A package. The lock holds a hash for each archive that may be installed; each stands at its distribution."""
    ref = _ref(one)
    said: dict[str, Any] = {
        "type": "library",
        "bom-ref": ref,
        "name": one.name,
        "version": one.version,
        "purl": ref,
        "externalReferences": [
            {
                "type": "distribution",
                "url": ref,
                "hashes": [{"alg": "SHA-256", "content": content} for content in one.hashes],
            }
        ],
    }
    if one.licence:
        said["licenses"] = [_licence(one.licence)]
    return said


def _licence(said: str) -> dict[str, Any]:
    name = spdx(said)
    return {"license": {"id": name}} if _SPDX.match(name) else {"license": {"name": said}}


def bill_problems(document: dict[str, Any]) -> list[str]:
    """What the standard asks of a bill and this one does not have: one sentence each."""
    found = []
    if (document.get("bomFormat"), document.get("specVersion")) != ("CycloneDX", "1.6"):
        found.append("It does not say that it is CycloneDX 1.6.")
    if not re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(document.get("serialNumber"))):
        found.append("Its serial number is no UUID.")
    components = document.get("components", [])
    refs = [one.get("bom-ref") for one in components] + [document["metadata"]["component"]["bom-ref"]]
    found += [f"{ref} stands in it twice." for ref in sorted({ref for ref in refs if refs.count(ref) > 1})]
    for one in components:
        if not one.get("name") or one.get("type") != "library" or not str(one.get("purl", "")).startswith("pkg:pypi/"):
            found.append(f"{one.get('bom-ref')} lacks its name, type or package URL.")
    for need in document.get("dependencies", []):
        unknown = sorted({need["ref"], *need.get("dependsOn", ())} - set(refs))
        found += [f"{name} is needed and is no component." for name in unknown]
    return found


def lock_of(root: Path) -> Path:
    """The lock of what is delivered."""
    return root / "requirements.txt"
