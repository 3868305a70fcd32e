"""What differs between the versions of QTI: namespaces, names, spelling, and a few things that only some of them have."""

from __future__ import annotations

from dataclasses import dataclass

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
LOM = "http://ltsc.ieee.org/xsd/LOM"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version of QTI."""

    version: str
    namespace: str
    schema: str
    templates: str
    """The address of a standard response-processing template, with its name as `{}`."""
    item_type: str
    test_type: str
    stimulus_type: str | None
    """The type of a resource with shared material; None where each item repeats it."""
    packaging: str
    """The namespace of the manifest."""
    packaging_schema: str
    package: str
    """The `schema` of the manifest."""
    package_version: str
    kebab: bool = False
    """Whether names are written `qti-choice-interaction` instead of `choiceInteraction`."""
    rich_inline_choice: bool = False
    """Whether the choice of a gap may hold markup: 2.2 would allow it, but its engines (qti-sdk) read text only."""
    external_scored: bool = False
    """Whether an outcome can say that a person decides it."""
    content_body: bool = False
    """Whether feedback and rubrics hold their content in a body of its own."""
    html5: bool = False
    """Whether `audio` is an element."""

    @property
    def location(self) -> str:
        """The `xsi:schemaLocation` of an item or a test."""
        return f"{self.namespace} {self.schema}"

    @property
    def packaging_location(self) -> str:
        """The `xsi:schemaLocation` of a manifest."""
        return f"{self.packaging} {self.packaging_schema}"


QTI21 = Dialect(
    version="2.1",
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
    schema="http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    templates="http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}",
    item_type="imsqti_item_xmlv2p1",
    test_type="imsqti_test_xmlv2p1",
    stimulus_type=None,
    packaging="http://www.imsglobal.org/xsd/imscp_v1p1",
    packaging_schema="http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
    package="QTIv2.1 Package",
    package_version="1.0.0",
)

QTI22 = Dialect(
    version="2.2",
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p2",
    schema="http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd",
    templates="http://www.imsglobal.org/question/qti_v2p2/rptemplates/{}",
    item_type="imsqti_item_xmlv2p2",
    test_type="imsqti_test_xmlv2p2",
    stimulus_type=None,
    packaging="http://www.imsglobal.org/xsd/imscp_v1p1",
    packaging_schema="http://www.imsglobal.org/xsd/qti/qtiv2p2/qtiv2p2_imscpv1p2_v1p0.xsd",
    package="QTIv2.2 Package",
    package_version="1.0.0",
    external_scored=True,
)

QTI30 = Dialect(
    version="3.0",
    namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    schema="https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    templates="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{}.xml",
    item_type="imsqti_item_xmlv3p0",
    test_type="imsqti_test_xmlv3p0",
    stimulus_type="imsqti_stimulus_xmlv3p0",
    packaging="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    packaging_schema="https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd",
    package="QTI Package",
    package_version="3.0.0",
    kebab=True,
    rich_inline_choice=True,
    external_scored=True,
    content_body=True,
    html5=True,
)


def namespaces(namespace: str, location: str) -> dict[str, str]:
    """The attributes of a root that say where its names come from."""
    return {"xmlns": namespace, "xmlns:xsi": XSI, "xsi:schemaLocation": location}
