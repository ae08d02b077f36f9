/// Countries by United Nations region (M49), for nationalities that would identify a person.
// SPDX-License-Identifier: Apache-2.0

package enum WorldRegion {
  private static let countries: [(region: String, codes: String)] = [
    ("015", "DZA EGY LBY MAR SDN TUN ESH"),
    (
      "202",
      """
      AGO BEN BWA BFA BDI CPV CMR CAF TCD COM COG COD CIV DJI GNQ ERI SWZ ETH GAB GMB GHA GIN GNB
      KEN LSO LBR MDG MWI MLI MRT MUS MYT MOZ NAM NER NGA REU RWA SHN STP SEN SYC SLE SOM ZAF SSD
      TGO UGA TZA ZMB ZWE
      """
    ),
    (
      "419",
      """
      AIA ATG ARG ABW BHS BRB BLZ BOL BES BRA VGB CYM CHL COL CRI CUB CUW DMA DOM ECU SLV FLK GUF
      GRD GLP GTM GUY HTI HND JAM MTQ MEX MSR NIC PAN PRY PER PRI BLM KNA LCA MAF VCT SXM SUR TTO
      TCA VIR URY VEN
      """
    ),
    ("021", "BMU CAN GRL SPM USA"),
    ("143", "KAZ KGZ TJK TKM UZB"),
    ("030", "CHN HKG MAC PRK JPN MNG KOR TWN"),
    ("035", "BRN KHM IDN LAO MYS MMR PHL SGP THA TLS VNM"),
    ("034", "AFG BGD BTN IND IRN MDV NPL PAK LKA"),
    ("145", "ARM AZE BHR CYP GEO IRQ ISR JOR KWT LBN OMN QAT SAU PSE SYR TUR ARE YEM"),
    ("151", "BLR BGR CZE HUN POL MDA ROU RUS SVK UKR"),
    ("154", "ALA DNK EST FRO FIN GGY ISL IRL IMN JEY LVA LTU NOR SJM SWE GBR"),
    ("039", "ALB AND BIH HRV GIB GRC VAT ITA MLT MNE MKD PRT SMR SRB SVN ESP XKX"),
    ("155", "AUT BEL FRA DEU LIE LUX MCO NLD CHE"),
    ("053", "AUS NZL NFK"),
    ("054", "FJI NCL PNG SLB VUT"),
    ("057", "GUM KIR MHL FSM NRU MNP PLW"),
    ("061", "ASM COK PYF NIU PCN WSM TKL TON TUV WLF"),
  ]

  private static let regions: [String: String] = Dictionary(
    countries.flatMap { row in
      row.codes.split(whereSeparator: { $0 == " " || $0 == "\n" })
        .map { (String($0), row.region) }
    }, uniquingKeysWith: { first, _ in first })

  /// Every code, in the order of this list.
  package static let codes = countries.map(\.region)

  /// The M49 region of an ISO 3166-1 alpha-3 code; nil for stateless and unknown.
  package static func code(ofCountry code: String) -> String? { regions[code] }
}
