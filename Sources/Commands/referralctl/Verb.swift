/// The verbs by name; the table of commands and the dispatch both go by this list.
// SPDX-License-Identifier: Apache-2.0
import Arguments

enum Verb: String, CaseIterable {
  case status, whoami, list, shape, show, alarms, metrics, submit, preview, route
  case resend, hold, release, cancel, settle
  case jobList = "job list"
  case jobShow = "job show"
  case jobWatch = "job watch"
  case jobCancel = "job cancel"
  case certCSR = "cert csr"
  case partnerAdd = "partner add"
  case partnerList = "partner list"
  case partnerShow = "partner show"
  case partnerCheck = "partner check"
  case partnerCRL = "partner crl"
  case partnerTest = "partner test"
  case partnerPause = "partner pause"
  case partnerResume = "partner resume"
  case partnerLimits = "partner limits"
  case healthLive = "health live"
  case healthReady = "health ready"
  case healthDeep = "health deep"
  case awaitReady = "await ready"
  case awaitDrained = "await drained"
  case awaitAcked = "await acked"
  case auditList = "audit list"
  case configCheck = "config check"
  case configShow = "config show"
  case configReload = "config reload"
  case policyLint = "policy lint"
  case policyTest = "policy test"
  case policyDiff = "policy diff"
  case policyAt = "policy at"
  case policyTable = "policy table"
  case schemaValidate = "schema validate"
  case split
  case statisticsPreview = "statistics preview"
  case statisticsSend = "statistics send"
  case statisticsList = "statistics list"
  case completionBash = "completion bash"
  case completionZsh = "completion zsh"

  var path: [String] { rawValue.split(separator: " ").map(String.init) }

  var command: Command {
    switch self {
    case .status: .status
    case .whoami: .whoami
    case .list: .list
    case .shape: .shape
    case .show: .show
    case .alarms: .alarms
    case .submit: .submit
    case .preview: .preview
    case .route: .route
    case .resend: .resend
    case .hold: .hold
    case .release: .release
    case .cancel: .cancel
    case .settle: .settle
    case .jobList: .jobList
    case .jobShow: .jobShow
    case .jobWatch: .jobWatch
    case .jobCancel: .jobCancel
    case .metrics: .metrics
    case .certCSR: .certCSR
    case .partnerAdd: .partnerAdd
    case .partnerList: .partnerList
    case .partnerShow: .partnerShow
    case .partnerCheck: .partnerCheck
    case .partnerCRL: .partnerCRL
    case .partnerTest: .partnerTest
    case .partnerPause: .partnerPause
    case .partnerResume: .partnerResume
    case .partnerLimits: .partnerLimits
    case .healthLive: .healthLive
    case .healthReady: .healthReady
    case .healthDeep: .healthDeep
    case .awaitReady: .awaitReady
    case .awaitDrained: .awaitDrained
    case .awaitAcked: .awaitAcked
    case .auditList: .auditList
    case .configCheck: .configCheck
    case .configShow: .configShow
    case .configReload: .configReload
    case .policyLint: .policyLint
    case .policyTest: .policyTest
    case .policyDiff: .policyDiff
    case .policyAt: .policyAt
    case .policyTable: .policyTable
    case .schemaValidate: .schemaValidate
    case .completionBash: .completionBash
    case .completionZsh: .completionZsh
    case .split: .split
    case .statisticsPreview: .statisticsPreview
    case .statisticsSend: .statisticsSend
    case .statisticsList: .statisticsList
    }
  }
}
