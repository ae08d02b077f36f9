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
  ],
  cxxLanguageStandard: .cxx17
)
