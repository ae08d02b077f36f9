/// Rows in aligned columns for a terminal.
// SPDX-License-Identifier: Apache-2.0
import Platform

package struct TextTable: Sendable {
  package enum Alignment: Sendable { case left, right }
  package struct Column: Sendable {
    package let title: String
    package let alignment: Alignment

    package init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }
  package let columns: [Column]
  package private(set) var rows: [[String]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// Missing cells are empty; cells beyond the last column are a mistake of the program.
  package mutating func add(_ row: [String]) {
    precondition(row.count <= columns.count, "more cells than columns")
    let missing = [String](repeating: "", count: columns.count - row.count)
    rows.append(row.map { Printable.text($0) } + missing)
  }

  /// Titles and rows, two spaces between columns, no spaces at the ends of lines.
  package var text: String {
    let lines = [columns.map(\.title)] + rows
    let widths = columns.indices.map { i in
      lines.map { Self.width(of: $0[i]) }.max() ?? 0
    }
    return lines.map { line in
      var out = ""
      for i in columns.indices {
        let space = String(repeating: " ", count: widths[i] - Self.width(of: line[i]))
        out += columns[i].alignment == .left ? line[i] + space : space + line[i]
        if i < columns.count - 1 { out += "  " }
      }
      while out.hasSuffix(" ") { out.removeLast() }
      return out + "\n"
    }.joined()
  }

  /// Terminal cells: two for East Asian wide and emoji, none for marks that combine. An
  /// approximation of Unicode Standard Annex 11 by ranges; a terminal may differ in rare scripts.
  package static func width(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
  }

  private static func width(of scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
