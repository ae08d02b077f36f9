/// The verbs by name; the table of commands and the dispatch both go by this list.
// SPDX-License-Identifier: Apache-2.0
import Arguments

enum Verb: String, CaseIterable {
  case status, list, show, submit, preview, resend, metrics
  case partnerList = "partner list"
  case partnerShow = "partner show"
  case configCheck = "config check"
  case schemaValidate = "schema validate"
  case split

  var path: [String] { rawValue.split(separator: " ").map(String.init) }

  var command: Command {
    switch self {
    case .status: .status
    case .list: .list
    case .show: .show
    case .submit: .submit
    case .preview: .preview
    case .resend: .resend
    case .metrics: .metrics
    case .partnerList: .partnerList
    case .partnerShow: .partnerShow
    case .configCheck: .configCheck
    case .schemaValidate: .schemaValidate
    case .split: .split
    }
  }
}
