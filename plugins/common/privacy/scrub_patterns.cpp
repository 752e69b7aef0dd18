// Repetitions are bounded, so that no search looks far ahead. Order does not matter: what several
// patterns find is removed once.
#include "common/privacy/scrub_patterns.hpp"

namespace aorta::privacy {
namespace {

struct ScrubPart {
    std::string_view name;
    std::string_view pattern;
};

// What <name> stands for in the patterns.
constexpr ScrubPart kParts[] = {
    {"<month>",
     "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
     "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"},
    {"<year>", "(?:(?:1[89]|20|21)\\d\\d)"},
    {"<nth>", "(?:\\d{1,2}(?:st|nd|rd|th)?)"},
    {"<state>",
     "(?:AL|AK|AZ|AR|CA|CO|CT|DC|DE|FL|GA|HI|IA|ID|IL|IN|KS|KY|LA|MA|MD|ME|MI|MN|MO|MS|MT|NC|ND|"
     "NE|NH|NJ|NM|NV|NY|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VA|VT|WA|WI|WV|WY)"},
    {"<word>", "(?:[A-Z\\x{C0}-\\x{DE}][A-Za-z\\x{C0}-\\x{17F}'.-]{0,24})"},
};

constexpr ScrubPattern kPatterns[] = {
    // Dates: 3/14/2021, 05-07-21, 12.03.1951, 2020-12-01, 2020/12/01, 4/22, 10/2018, 20230615
    {Finding::Date, "\\b(\\d{1,2}[/.-]\\d{1,2}[/.-](?:\\d{4}|\\d{2}))\\b"},
    {Finding::Date, "\\b(<year>[/.-]\\d{1,2}[/.-]\\d{1,2}(?:[ T]\\d{1,2}:\\d\\d(?::\\d\\d)?)?)\\b"},
    {Finding::Date, "\\b((?:0?[1-9]|1[0-2])/<year>)\\b"},
    {Finding::Date,
     "(?i)\\b(?:on|by|since|from|until|till|to|dated?|held|at|before|after|through|thru|and|mon|"
     "tue|wed|thu|fri|"
     "sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)[, "
     "]{1,2}((?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\\d|3[01]))(?:[^/\\d]|$)"},
    {Finding::Date,
     "\\b(<year>(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])(?:[0-2]\\d[0-5]\\d(?:[0-5]\\d)?)?)\\b"},
    {Finding::Date, "(?i)\\b(<month>\\.?,? <nth>(?:,? <year>)?)\\b"},
    {Finding::Date, "(?i)\\b(<nth>(?: of)?[ -]<month>\\.?(?:,?[ -](?:<year>|\\d\\d))?)\\b"},
    {Finding::Date, "(?i)\\b(<month>\\.?(?: of)?,?[ -]<year>)\\b"},
    {Finding::Date,
     "(?i)\\b((?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?,? (?:the )?(?:<month> )?"
     "(?:\\d{1,2}/\\d{1,2}(?:/\\d{2,4})?|<nth>(?: (?:of )?<month>)?))\\b"},
    {Finding::Date,
     "(?i)\\b(?:born(?: in)?|since|in|dob|birth year|year of birth)[: ]{1,2}(<year>)\\b"},
    {Finding::Date,
     "(?i)\\b(?:d\\.?o\\.?b\\.?|date of birth|birth ?date|born)[:# ]{0,3}(\\d[\\d/. "
     "-]{3,10}\\d)\\b"},
    // Ages above 89
    {Finding::Age,
     "(?i)\\b((?:9\\d|1[0-2]\\d)(?:[ -]?(?:years?|yrs?|yo?|y/o|y\\.o\\.)(?:[ -]?old)?))"},
    {Finding::Age, "(?i)\\bage[d: ]{1,3}((?:9\\d|1[0-2]\\d))\\b"},
    // Telephone, fax, pager
    {Finding::Contact, "((?:\\+?\\d{1,3}[ .-]?)?\\(\\d{3}\\) ?\\d{3}[ .-]?\\d{4})\\b"},
    {Finding::Contact, "((?:\\+?\\d{1,3}[ .-])?\\b\\d{3}[ ./-]\\d{3}[ .-]\\d{4})\\b"},
    {Finding::Contact, "(\\+\\d{1,3}(?:[ .()-]{1,2}\\d{1,4}){2,5})\\b"},
    {Finding::Contact,
     "(?i)\\b(?:tel|phone|ph|telephone|fax|cell|mobile|call(?: us)?(?: "
     "at)?|pager|page|beeper|ext|extension|reached (?:at|on)|dial|line)"
     "[.:# ]{0,3}(x?\\d[\\d ().x-]{2,16}\\d)"},
    {Finding::Contact, "\\b(\\d{3}-\\d{4})\\b"},
    {Finding::Contact, "(?i)\\b(?:pager|ext\\.?|page) {0,2}(x?[\\d-]{3,8})\\b"},
    // Mail, addresses on the net, files
    {Finding::Contact, "([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\\.[A-Za-z]{2,24})"},
    {Finding::Contact, "(?i)\\b((?:https?|ftps?|sftp|file)://[^\\s<>\"|^~]{1,400})"},
    {Finding::Contact, "(?i)\\b(www\\.[^\\s<>\"|^~]{1,400})"},
    {Finding::Contact, "(?i)(\\\\\\\\[a-z0-9._-]{1,64}\\\\[^\\s|^~]{1,400})"},
    {Finding::Contact,
     "(?i)\\b([a-z0-9-]{1,60}(?:\\.[a-z0-9-]{1,60}){0,4}\\.(?:com|org|net|edu|gov|io|info|health)(?"
     ":/[^\\s|^~]{0,200})?)\\b"},
    {Finding::Id, "\\b((?:\\d{1,3}\\.){3}\\d{1,3})\\b"},
    {Finding::Id, "(?i)\\b((?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4})\\b"},
    {Finding::Id, "(?i)\\b((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})\\b"},
    // Numbers of persons, cases, policies, devices, vehicles
    {Finding::Id, "\\b(\\d{3}[- ]\\d{2}[- ]\\d{4})\\b"},
    {Finding::Id,
     "(?i)\\b(?:mrn|mr ?#|med(?:ical)? rec(?:ord)?(?: (?:number|no\\.?|num))?|hospital "
     "(?:no\\.?|number)|chart (?:no\\.?|number)|account|acct|"
     "accession|case|policy|member(?: id)?|subscriber|group|claim|plan (?:no\\.?|number)|health "
     "plan (?:no\\.?|number)|"
     "employee(?: no\\.?)?|badge|band|lot|donor id|study id|subject(?: number)?|user "
     "id|record|ssn|social security(?: number)?|"
     "rx|prescription|order|specimen|license|licence|lic|dl|driver'?s "
     "license|npi|dea|ticket|invoice|passport|visa)"
     "(?: (?:no|num|number|id|is))?[.:# ]{1,4}((?:[A-Z]{1,4}[ "
     "-]?)?[A-Z0-9#][A-Za-z0-9/_-]{0,12}\\d[A-Za-z0-9_-]{0,16}(?:[ -]\\d{2,8}){0,4})"},
    {Finding::Id,
     "(?i)\\b(?:id|user(?: id)?|login|username|account name)[: ]{1,2}([a-z]{2,20}\\d{2,8})\\b"},
    {Finding::Id,
     "(?i)\\b(?:serial(?: (?:number|no\\.?))?|s/n|sn|model no\\.?|device id|udi)[:# "
     "]{0,3}([A-Z0-9-]{0,12}\\d[A-Z0-9-]{2,16})\\b"},
    {Finding::Id,
     "(?i)\\b(?:license plate|plate|tag|registration|reg)(?: (?:no\\.?|number))?[:# "
     "]{1,3}([A-Z0-9]{1,5}[ -]?[A-Z0-9]{1,5})\\b"},
    {Finding::Id, "\\b([A-HJ-NPR-Z0-9]{3}[A-HJ-NPR-Z0-9]{5}[0-9X][A-HJ-NPR-Z0-9]{2}\\d{6})\\b"},
    {Finding::Id, "\\b([A-Z]{1,4}[- ]?\\d{2,4}-\\d{3,8}(?:-\\d{1,6}){0,2})\\b"},
    {Finding::Id, "\\b([A-Z]{1,4}-?\\d{5,12}[A-Z]{0,3})\\b"},
    {Finding::Id, "\\b([A-Z]{2,4}-\\d{3,10}(?:-\\d{1,8}){0,3})\\b"},
    {Finding::Id, "(#\\d{4,12})\\b"},
    {Finding::Id, "\\b(\\d{7,20})\\b"},
    {Finding::Id, "\\b(\\d{2,6}(?:-\\d{2,8}){2,4})\\b"},
    {Finding::Id, "\\b(\\d{4}-\\d{5,8})\\b"},
    {Finding::Id, "(?i)\\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\\b"},
    // Addresses
    {Finding::Place,
     "\\b(\\d{1,6}[A-Z]? (?:[NSEW]\\.? |North |South |East |West "
     ")?(?:<word>|\\d{1,3}(?:st|nd|rd|th))"
     "(?: <word>){0,3} "
     "(?i:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl|"
     "terrace|ter|circle|cir|parkway|pkwy|highway|hwy|square|sq|trail|crescent|close|row)\\b\\.?"
     "(?:,? (?i:apt|apartment|unit|suite|ste|#|floor|fl|room)\\.? "
     "?[A-Za-z0-9-]{1,6})?(?:,\\s<word>(?: <word>)?)?)"},
    {Finding::Place, "(?i)\\b(p\\.?o\\.? box \\d{1,8}(?:,\\s(?-i:<word>))?)\\b"},
    {Finding::Place,
     "(?i)\\b((?:exit \\d{1,4}[a-z]?(?: (?:on|of|off) )?)?(?:I-\\d{1,3}|(?:route|rte|highway|hwy) "
     "\\d{1,4}))\\b"},
    {Finding::Place, "\\b((?:<word> ){0,2}<word>),?\\s<state>\\b"},
    {Finding::Place, "\\b<state>[., ]{1,2}(\\d{5}(?:-\\d{4})?)\\b"},
    {Finding::Place, "\\b(<state> \\d{5}(?:-\\d{4})?)\\b"},
    {Finding::Place, "(?i)\\bzip(?: code)?[: ]{1,2}(\\d{5}(?:-\\d{4})?)\\b"},
    {Finding::Place, "\\b(\\d{5}-\\d{4})\\b"},
    {Finding::Place,
     "\\b(?i:lives? (?:alone |currently )?in|living in|lives at|moved (?:here "
     ")?(?:from|to)|resid(?:es|ing) in|native of|born in|home in|"
     "(?:daycare|school|farm|church|house|apartment|condo|cottage|shelter|facility) (?:in|from)|"
     "travell?ed (?:from|to)|visiting(?: from)?|flew (?:from|to)|returned from|grew up in|"
     "originally from|from the town of|city of|town of|county of) (<word>(?: <word>){0,2})"},
    {Finding::Place,
     "\\b(<word>(?: (?:of|de|la|<word>)){0,4} (?:Hospital|Medical Center|Health "
     "Center|Clinic|Infirmary|Sanatorium|"
     "Hospice|Nursing "
     "Home|(?:Sleep|Rehabilitation|Rehab|Care|Surgery|Cancer|Heart|Wellness|Community|Senior) "
     "Cent(?:er|re)|"
     "Rehabilitation|Manor|Assisted "
     "Living|School|University|College|Church|Pharmacy|preschool|Preschool|Elementary|Academy|"
     "Inc|LLC|Ltd|Corp|Corporation|Company|Industries|Brothers|Bank|Farms|Foundry|Mills|Logistics|"
     "Motors))\\b"},
};

}  // namespace

std::string_view tag_of(Finding finding) {
    constexpr std::string_view kTags[] = {
        "[NAME]", "[DATE]", "[ID]", "[PLACE]", "[CONTACT]", "[AGE]", "[TEXT]"};
    return kTags[static_cast<std::size_t>(finding)];
}

std::span<const ScrubPattern> scrub_patterns() {
    return kPatterns;
}

std::string expanded(std::string_view pattern) {
    std::string text{pattern};
    for (const ScrubPart& part : kParts) {
        for (std::size_t at = text.find(part.name); at != std::string::npos;
             at = text.find(part.name, at)) {
            text.replace(at, part.name.size(), part.pattern);
            at += part.pattern.size();
        }
    }
    return text;
}

}  // namespace aorta::privacy
