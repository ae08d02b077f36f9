/// Fuzz target: compact signatures and protected headers, canonical or refused.
// SPDX-License-Identifier: Apache-2.0
import Digest
import FuzzSupport
import JOSE
import OpenSSL
import Platform

/// The input is a compact JWS, or the JSON of a protected header.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzJWS(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = octets(start, count)
  if let signature = CompactJWS(splitting: input) {
    demand(Array(signature.text.utf8) == input, "one text for one signature")
    demand(signature.isDetached == signature.payload.isEmpty, "detached means without payload")
    check(signature.protected)
  }
  check(Base64.text(input, .url))
  for alphabet in [Base64.Alphabet.standard, .url] {
    if let decoded = Base64.decode(input, alphabet) {
      demand(Base64.encode(decoded, alphabet) == input, "one text for one octet string")
    }
  }
  if let digest = SHA256Digest(field: String(decoding: input, as: UTF8.self)) {
    demand(Array(digest.field.utf8) == input, "one text for one digest")
  }
  return 0
}

private func check(_ protected: String) {
  switch ProtectedHeader.read(protected) {
  case .failure(let refusal):
    demand(refusal.description.hasPrefix("header-"), "a refusal has a name of the list")
  case .success(let header):
    guard DetachedBinding.fits(header) == nil else { return }
    demand(header.signatureAlgorithm != nil, "only algorithms of the profile fit")
    demand(header.b64 == false && header.sigD?.pars == ["digest"], "the digest is what is signed")
    for der in header.x5c { _ = try? Certificate(der: der) }
  }
}
