/// A signed document that nobody signed.
// SPDX-License-Identifier: Apache-2.0
// expect: inaccessible due to 'fileprivate' protection level

import Signing

let forge = SignedDocument.init(id:octets:headerName:signature:issuedAt:)
