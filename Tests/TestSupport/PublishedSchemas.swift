/// The schemas of this package, compiled once.
// SPDX-License-Identifier: Apache-2.0
package import Referrals
package import Wire

package enum PublishedSchemas {
  package static func folder() throws -> SchemaFolder { try loaded.get() }
  private static let loaded = Result { try SchemaFolder.load(PackageFolder.path + "/schemas") }

  package static func reference() throws -> ReferenceData {
    ReferenceData(codeLists: try folder().codeLists)
  }
}
