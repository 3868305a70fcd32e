"""What differs between the versions of QTI 2: namespaces, names and versions."""

from __future__ import annotations

from dataclasses import dataclass

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
PACKAGING = "http://www.imsglobal.org/xsd/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/LOM"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version of QTI."""

    namespace: str
    schema: str
    templates: str
    """The folder of the standard response-processing templates."""
    item_type: str
    test_type: str
    package: str
    """The `schema` of the manifest."""
    package_version: str
    packaging_schema: str

    @property
    def location(self) -> str:
        """The `xsi:schemaLocation` of an item or a test."""
        return f"{self.namespace} {self.schema}"

    @property
    def packaging_location(self) -> str:
        """The `xsi:schemaLocation` of a manifest."""
        return f"{PACKAGING} {self.packaging_schema}"


QTI21 = Dialect(
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
    schema="http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    templates="http://www.imsglobal.org/question/qti_v2p1/rptemplates/",
    item_type="imsqti_item_xmlv2p1",
    test_type="imsqti_test_xmlv2p1",
    package="QTIv2.1 Package",
    package_version="1.0.0",
    packaging_schema="http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
)
