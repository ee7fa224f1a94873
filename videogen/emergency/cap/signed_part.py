"""What an XML signature covers: whether a message is signed in the one shape that leaves no doubt about it.

Signature wrapping moves what was signed to where it is verified but not read. So only an enveloped signature is taken:
a child of the root, the only one in the document, with one reference, and that to the root itself.
"""

from __future__ import annotations

from typing import Any

from videogen.emergency.cap.xml import children, local_name, namespace

DSIG = "http://www.w3.org/2000/09/xmldsig#"
MOST_ELEMENTS = 300
"""In a signature; one with a chain of four certificates has some 40."""
_IDS = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")
_ENVELOPED = f"{DSIG}enveloped-signature"
_CANONICAL = frozenset(
    f"{name}{comments}"
    for name, tail in (
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "#WithComments"),
        ("http://www.w3.org/2006/12/xml-c14n11", "#WithComments"),
        ("http://www.w3.org/2001/10/xml-exc-c14n#", "WithComments"),
    )
    for comments in ("", tail)
)


def is_signed(root: Any) -> bool:
    """Whether there is anything in the message that says it is signed."""
    return any(local_name(element) == "Signature" for element in root.iter())


def shape_problem(root: Any) -> str | None:
    """Why nobody could say what the signature of the message covers; None: it covers the whole message.

    Args:
        root: the message, lxml.
    """
    signatures = [element for element in root.iter() if local_name(element) == "Signature"]
    if len(signatures) > 1:
        return f"it holds {len(signatures):,} signatures, but one alone counts"
    signature = signatures[0]
    if namespace(signature) != DSIG or signature.getparent() is not root:
        return "its signature is not an XML signature directly in <alert>"
    if sum(1 for _ in signature.iter()) > MOST_ELEMENTS:
        return f"its signature has more than {MOST_ELEMENTS} elements"
    references = [element for element in signature.iter() if local_name(element) == "Reference"]
    if len(references) != 1:
        return f"its signature has {len(references):,} references instead of one"
    return _reference_problem(root, references[0])


def _reference_problem(root: Any, reference: Any) -> str | None:
    uri = reference.get("URI")
    if uri is None or (uri and not uri.startswith("#")):
        return "its signature refers to something outside of the message"
    if uri:
        named = [element for element in root.iter() if any(element.get(name) == uri[1:] for name in _IDS)]
        if named != [root]:
            return "its signature does not cover the whole alert: it refers to a part of the message"
    algorithms = [
        str(transform.get("Algorithm", ""))
        for holder in children(reference, "Transforms")
        for transform in children(holder, "Transform")
    ]
    if _ENVELOPED not in algorithms:
        return "its signature is not of the enveloped kind"
    unknown = [name for name in algorithms if name != _ENVELOPED and name not in _CANONICAL]
    if unknown:
        return f"its signature transforms the message by {unknown[0][:100]!r} before it is signed"
    return None
