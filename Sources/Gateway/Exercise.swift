/// The synthetic document of `partner test`: shipped with the product, known by its digest (R22).
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Platform

enum Exercise {
  /// In the folder of the schemas.
  private static let file = "exercise/1.0.0/submission.json"
  private static let sha256 = "8062b1588e5c52c53ef2e51d1e7bfdfbd22e9ec32762b16a2762cc2ebd979b68"
  private static let octets = 65_536

  /// A submission of the shipped document to one partner, under a referral id of its own. Nil when
  /// the file is missing or is not the one that was shipped.
  static func submission(to partner: String, referral: UniversalID, schemas: String) -> [UInt8]? {
    guard let octets = try? Files.read("\(schemas)/\(file)", limit: octets),
      SHA256Digest(of: octets).hex == sha256, let content = try? JSONReader.read(octets),
      var submission = content.members, var referralMembers = submission["referral"]?.members,
      var header = referralMembers["header"]?.members
    else { return nil }
    header["referralId"] = .string(referral.description)
    referralMembers["header"] = .object(header)
    submission["referral"] = .object(referralMembers)
    submission["recipients"] = [.string(partner)]
    return JSONWriter.write(.object(submission))
  }
}
