// swift-tools-version: 6.2
import PackageDescription

// The contents page: rooms in the order in which a referral passes them, each with what it may
// import. docs/ARCHITECTURE.md says why; Tests/TidyTests holds the house to it.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
]
let room = strict + [.strictMemorySafety()]
let hardenedC: [CSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
  .unsafeFlags(["-fstack-protector-strong"]),
]
let hardenedCxx: [CXXSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
]
/// Against the installed library instead of a copy in each file that includes it.
let tomlplusplus: [CXXSetting] = [
  .define("TOML_HEADER_ONLY", to: "0"), .define("TOML_SHARED_LIB"),
]
let hardenedLink: [LinkerSetting] = [
  .unsafeFlags(["-z", "now", "-z", "relro", "-z", "noexecstack"].flatMap { ["-Xlinker", $0] })
]

/// The system header of one C library, its shims and its link flags.
func cLibrary(_ name: String, links: [String], cxx: [CXXSetting] = []) -> Target {
  .target(
    name: name, path: "Sources/Ground/\(name)", cSettings: hardenedC,
    cxxSettings: hardenedCxx + cxx, linkerSettings: links.map { .linkedLibrary($0) })
}
/// The one Swift wrapper of a C library; strict memory safety would mark every line here.
func wrapper(_ name: String, _ uses: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: uses, path: "Sources/Ground/\(name)", swiftSettings: strict)
}
func ground(_ name: String, _ uses: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: uses, path: "Sources/Ground/\(name)", swiftSettings: room)
}
func journey(_ name: String, _ uses: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: uses + ["Platform", "Log"], path: "Sources/Journey/\(name)",
    swiftSettings: room)
}
func command(_ name: String, _ uses: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: uses + ["Platform"], path: "Sources/Commands/\(name)",
    swiftSettings: room, linkerSettings: hardenedLink)
}
func tests(_ name: String, _ uses: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: uses, swiftSettings: room)
}

let package = Package(
  name: "referral-gateway",
  targets: [
    // Ground: no word of the trade is spoken here.
    cLibrary("CLinux", links: []),
    wrapper("Platform", ["CLinux"]),
    ground("Log", ["Platform"]),
    ground("Arguments", ["Platform"]),
    ground("JSON", ["Platform"]),
    ground("JSONSchema", ["JSON", "Platform"]),
    cLibrary("CTOML", links: ["tomlplusplus", "m"], cxx: tomlplusplus),
    wrapper("TOML", ["CTOML", "Platform"]),
    cLibrary("CEmbedded", links: []),
    wrapper("Embedded", ["CEmbedded"]),
    cLibrary("COpenSSL", links: ["ssl", "crypto"]),
    wrapper("OpenSSL", ["COpenSSL", "Platform"]),
    ground("Digest", ["OpenSSL", "Platform"]),
    ground("Seal", ["OpenSSL", "Digest", "Platform"]),
    ground("JOSE", ["JSON", "Digest", "OpenSSL", "Platform"]),
    cLibrary("CSQLite", links: ["sqlite3"]),
    wrapper("SQLite", ["CSQLite", "Platform"]),
    cLibrary("CLibevent", links: ["event_core", "event_openssl"]),
    wrapper("HTTPServer", ["CLibevent", "OpenSSL", "Platform"]),
    cLibrary("CCurl", links: ["curl"]),
    wrapper("Curl", ["CCurl", "OpenSSL", "Platform"]),
    ground("Fetch", ["Curl", "OpenSSL", "Platform"]),

    // Journey: the stations of a referral, each stands on those before it.
    journey("Referrals", ["JSON"]),
    journey("Register", ["Referrals", "JSON", "TOML", "OpenSSL", "Digest"]),
    journey("Intake", ["Referrals", "JSON", "JSONSchema", "Digest"]),
    journey("Statistics", ["Referrals", "JSON"]),
    journey("Disclosure", ["Referrals", "Register", "Statistics", "JSON", "Digest"]),
    journey("Wire", ["Disclosure", "Referrals", "JSON", "JSONSchema", "Digest", "Embedded"]),
    journey(
      "PolicyReview",
      ["Intake", "Disclosure", "Wire", "Referrals", "Register", "JSON", "Digest"]),
    journey("Signing", ["Wire", "JOSE", "JSON", "OpenSSL", "Digest", "Seal"]),
    journey(
      "Acknowledgement",
      ["Signing", "Wire", "Register", "Referrals", "JSON", "OpenSSL", "Digest"]),
    journey("Outbox", ["Signing", "Referrals", "SQLite", "Seal", "Digest"]),
    journey(
      "Sending",
      [
        "Outbox", "Acknowledgement", "Signing", "Wire", "Register", "Referrals", "JSON", "Fetch",
      ]),
    journey("Renewal", ["Register", "Fetch", "OpenSSL", "Digest"]),
    journey("Outcome", ["Outbox", "Signing", "Referrals", "JSON", "Digest"]),

    // Gateway: the order of the stations, written once; clock, services, admin API.
    .target(
      name: "Gateway",
      dependencies: [
        "Intake", "Statistics", "Disclosure", "Wire", "Signing", "Acknowledgement", "Outbox",
        "Sending", "Outcome", "Renewal", "Referrals", "Register", "JSON", "JSONSchema", "Log",
        "HTTPServer", "Fetch", "OpenSSL", "Digest", "Seal", "Platform",
      ], swiftSettings: room),

    // Partner: the mirror image that a receiver needs.
    .target(
      name: "Reception",
      dependencies: [
        "Referrals", "Signing", "Wire", "Acknowledgement", "Register", "SQLite", "HTTPServer",
        "Fetch", "Digest", "JSON", "OpenSSL", "Log", "Platform",
      ], path: "Sources/Partner/Reception", swiftSettings: room),

    // Commands: arguments, exit codes, output; nothing else.
    command("referrald", ["Gateway", "Arguments", "Register", "Referrals"]),
    command(
      "referral-partner",
      [
        "Reception", "Arguments", "Digest", "Fetch", "JSON", "Log", "OpenSSL", "Referrals",
        "Register", "SQLite", "Signing", "TOML", "Wire",
      ]),
    command(
      "referralctl",
      [
        "Arguments", "JSON", "JSONSchema", "PolicyReview", "Register", "Referrals", "Intake",
        "Disclosure", "Wire",
        "Fetch", "OpenSSL", "Digest",
      ]),
    command(
      "referral-verify",
      [
        "Acknowledgement", "Arguments", "Digest", "JSON", "OpenSSL", "Register", "Signing", "Wire",
      ]),

    // Tests: each room's own, the house's style, and the real programs.
    tests("TidyTests", []),
    tests("JSONTests", ["JSON", "TestSupport"]),
    tests("JSONSchemaTests", ["JSON", "JSONSchema", "TestSupport"]),
    tests("TOMLTests", ["TOML"]),
    tests("LogTests", ["Log", "Platform"]),
    tests("ArgumentsTests", ["Arguments", "Platform"]),
    tests("OpenSSLTests", ["OpenSSL", "Platform"]),
    tests("SealTests", ["Digest", "OpenSSL", "Seal"]),
    tests("JOSETests", ["Digest", "JOSE", "OpenSSL", "Platform", "TestSupport"]),
    tests("SQLiteTests", ["SQLite", "Platform"]),
    tests("HTTPServerTests", ["HTTPServer", "OpenSSL", "Platform", "TestSupport"]),
    tests("FetchTests", ["Fetch", "Curl", "OpenSSL", "Platform"]),
    .target(
      name: "TestSupport",
      dependencies: ["Referrals", "Register", "Wire", "JSON", "TOML", "Platform"],
      path: "Tests/TestSupport", swiftSettings: room),
    tests("ReferralsTests", ["Referrals", "TestSupport", "JSON", "Platform"]),
    tests(
      "IntakeTests", ["Intake", "Referrals", "TestSupport", "Wire", "JSON", "Digest", "Platform"]),
    tests("StatisticsTests", ["Statistics", "Referrals", "TestSupport", "JSON", "Platform"]),
    tests(
      "DisclosureTests",
      ["Disclosure", "Referrals", "Register", "TestSupport", "JSON", "Digest", "Platform"]),
    tests(
      "WireTests",
      [
        "Wire", "Disclosure", "Statistics", "Referrals", "Register", "TestSupport", "JSON",
        "Digest", "Embedded", "Platform",
      ]),
    .target(
      name: "DeliverySupport",
      dependencies: [
        "Signing", "Wire", "Referrals", "TestSupport", "JOSE", "JSON", "OpenSSL", "Seal", "Digest",
        "Platform",
      ], path: "Tests/DeliverySupport", swiftSettings: room),
    tests(
      "SigningTests",
      [
        "Signing", "Wire", "Disclosure", "Intake", "Register", "Referrals", "DeliverySupport",
        "TestSupport", "JOSE", "JSON", "OpenSSL", "Seal", "Digest", "Platform",
      ]),
    tests(
      "AcknowledgementTests",
      [
        "Acknowledgement", "Signing", "Wire", "Register", "Referrals", "DeliverySupport",
        "TestSupport", "JSON", "OpenSSL", "Digest", "Platform",
      ]),
    tests(
      "OutboxTests",
      [
        "Outbox", "Signing", "Referrals", "DeliverySupport", "SQLite", "Seal", "Digest",
        "Platform",
      ]),
    tests(
      "SendingTests",
      [
        "Sending", "Outbox", "Acknowledgement", "Register", "Referrals", "DeliverySupport",
        "TestSupport", "Signing", "Wire", "Fetch", "JSON", "Platform",
      ]),
    tests(
      "GoldenTests",
      [
        "Disclosure", "Intake", "Outbox", "Referrals", "Register", "Sending", "Signing", "Wire",
        "TestSupport", "Digest", "Fetch", "JOSE", "JSON", "OpenSSL", "Seal", "Platform",
      ]),
    tests(
      "RenewalTests",
      ["Renewal", "Register", "Fetch", "OpenSSL", "TestSupport", "Platform"]),
    tests("OutcomeTests", ["Outcome", "Outbox", "TestSupport", "Wire"]),
    tests("GatewayTests", ["Gateway", "HTTPServer", "Register"]),
    tests("Simulation", ["Sending", "Outbox", "Referrals", "Platform"]),
    tests(
      "ReceptionTests",
      [
        "Reception", "TestSupport", "Acknowledgement", "Intake", "Disclosure", "Wire", "Signing",
        "Referrals", "Register", "Digest", "HTTPServer", "JSON", "Log", "OpenSSL", "Platform",
      ]),
    tests(
      "Scenarios",
      [
        "TestSupport", "JSON", "JSONSchema", "Outbox", "Seal", "Platform", "referrald",
        "referralctl", "referral-partner",
      ]),
    tests("ReferralctlTests", ["HTTPServer", "JSON", "TestSupport", "referralctl"]),
    tests(
      "ReferralVerifyTests",
      [
        "Acknowledgement", "JSON", "OpenSSL", "Register", "Signing", "TestSupport", "Wire",
        "Platform", "referral-verify",
      ]),
    tests(
      "PromiseTests",
      [
        "Intake", "Statistics", "Disclosure", "Wire", "Signing", "Register", "Referrals",
        "TestSupport", "Digest", "JSON", "OpenSSL", "Platform",
      ]),
    tests(
      "PolicyReviewTests",
      ["PolicyReview", "Wire", "Register", "Referrals", "TestSupport", "JSON", "Platform"]),
    tests("RegisterTests", ["Register", "TestSupport", "OpenSSL", "Digest", "Platform"]),
  ],
  cxxLanguageStandard: .cxx17
)

// The fuzz targets. libFuzzer must be in all code that they touch, which `package` access binds to
// this package; so they are targets of it, but only where scripts/fuzz asks for them.
if Context.environment["REFERRAL_FUZZ"] == "1" {
  func fuzz(_ name: String, _ folder: String, _ uses: [Target.Dependency]) -> Target {
    .executableTarget(
      name: "fuzz-\(name)", dependencies: uses + ["FuzzSupport"], path: "Fuzz/\(folder)",
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
  }
  package.targets += [
    .target(name: "FuzzSupport", path: "Fuzz/Support", swiftSettings: strict),
    fuzz("json", "JSON", ["JSON"]),
    fuzz("schema", "Schema", ["JSON", "JSONSchema"]),
    fuzz("request", "Request", ["HTTPServer"]),
    fuzz("jws", "JWS", ["JOSE", "Digest", "OpenSSL", "Platform"]),
    fuzz("configuration", "Configuration", ["Register", "Platform"]),
    fuzz("admin", "Admin", ["Gateway", "HTTPServer", "JSON", "Outbox", "Platform"]),
  ]
}
