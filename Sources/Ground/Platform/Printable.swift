/// Foreign text made safe to show: it cannot steer a terminal nor turn the reading direction.
// SPDX-License-Identifier: Apache-2.0

package enum Printable {
  /// Control, format and unassigned characters become U+FFFD; a longer text is cut, with "...".
  package static func text(_ text: String, limitCharacters: Int = Int.max) -> String {
    let scalars = text.unicodeScalars
    var out = String.UnicodeScalarView()
    for scalar in scalars.prefix(limitCharacters) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
        .unassigned:
        out.append("\u{FFFD}")
      default: out.append(scalar)
      }
    }
    return String(out) + (scalars.count > limitCharacters ? "..." : "")
  }
}
