//! Reading `anchors.yaml`.
