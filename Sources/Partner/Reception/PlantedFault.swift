/// A fault that the tests plant to see themselves fail; it exists in debug builds only.
// SPDX-License-Identifier: Apache-2.0
import Platform
import SQLite
import Wire

#if DEBUG
  enum PlantedFault: String {
    /// The partner forgets what it received, so that a repeat takes effect twice.
    case forget

    /// Named by the environment variable REFERRAL_PLANT.
    static let current = Standard.variable("REFERRAL_PLANT").flatMap(PlantedFault.init)
  }

  extension ReceptionStore {
    static func forget(_ document: ReceivedDocument, _ transaction: borrowing Transaction)
      throws(StoreError)
    {
      try transaction.run(
        "DELETE FROM received WHERE sender = ? AND id = ?", .text(document.sender),
        .text(document.content.id.description))
    }
  }
#endif
