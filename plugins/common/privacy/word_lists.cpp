#include "common/privacy/word_lists.hpp"

#include <string>
#include <unordered_map>

namespace aorta::privacy {
namespace {

constexpr std::string_view kGivenNames =
    "aaron abdul abigail ada adam adela adele adrian adriana agnes ahmed aiden aisha akira alan "
    "albert alberto alejandro "
    "alex alexander alexandra alexis alfred alfredo ali alice alicia alison allen allison alma "
    "alvin amanda amber ambrose "
    "amelia amina amir amy ana andre andrea andreas andres andrew angel angela angelica anil anita "
    "anjali ann anna anne "
    "annette annie annika anthony antoine anton antonia antonio april ariana arjun arlene arnold "
    "arthur ashley audrey "
    "austin ava aurora barbara barry beatrice beatriz becky ben benjamin bernadette bernard "
    "bernice bertha bessie beth "
    "bethany betty beverly bill billy blanche bob bobby bonnie brad bradley brandon brenda brent "
    "brett brian bridget "
    "brittany bruce bryan caleb callum calvin cameron carl carla carlos carmen carol carole "
    "caroline carolyn carrie "
    "casey catherine cathy cecilia cesar chad charlene charles charlie charlotte chelsea cheryl "
    "chester chloe chris "
    "christian christina christine christopher cindy claire clara clarence claude claudia clifford "
    "clinton clyde cody "
    "colin colleen connie conor constance corey cory courtney craig cristina crystal curtis "
    "cynthia daisy dale dan dana "
    "daniel danielle danny darlene darrell david dean deborah debra dennis derek derrick diana "
    "diane diego dimitri dmitri "
    "dolores dominic don donald donna dora doreen doris dorothea dorothy doug douglas duane dustin "
    "dwight dylan earl ebony "
    "eddie edgar edith edna eduardo edward edwin eileen elaine eleanor elena elijah elizabeth ella "
    "ellen elmer elsie emeka "
    "emily emma enrique eric erica erik erin ernest ernesto esther ethan ethel eugene eva evan "
    "evelyn fatima felicia felipe "
    "felix fernando finn fiona florence floyd frances francis francisco frank franklin fred "
    "frederick gabriel gabriela gail "
    "gary gavin gene geoffrey george gerald geraldine gerard gertrude gilbert gina giovanni gladys "
    "glen glenda glenn gloria "
    "gordon greg gregory greta guadalupe guillermo gustavo gwen gwendolyn hannah hans harold "
    "harriet harry harvey hassan "
    "hazel heather hector heidi helen helga henry herbert herman hilda holly howard hugh hugo ian "
    "ibrahim ida igor imani "
    "ines ingrid irene iris irma isaac isabel isabella isaiah ivan jack jackie jackson jacob "
    "jacqueline jaime jake jamal "
    "james jamie jan jane janet janice jared jasmine jason javier jay jean jeanette jeff jeffery "
    "jeffrey jen jenna jennifer "
    "jenny jeremiah jeremy jerome jerry jesse jessica jessie jesus jill jim jimmy joan joann "
    "joanna joanne joe joel johanna "
    "john johnny jon jonathan jordan jorge jose josef joseph josephine joshua joyce juan juana "
    "juanita judith judy julia "
    "julian julie julio june justin kaitlyn kamala karen karim karl karla kate katherine kathleen "
    "kathryn kathy katie katrina "
    "kayla keisha keith kelly ken kenji kenneth kent kerry kevin khalid kim kimberly kirk kristen "
    "kristin kristina krystal "
    "kurt kwame kyle lamar lance larry lars laura lauren laurie lawrence leah lee leila leo leon "
    "leonard leopold leroy leslie "
    "lester lewis liam lila lillian lina linda lindsay lindsey linh lisa lloyd logan lois lola "
    "lonnie lorenzo loretta lori "
    "lorraine louis louise lucas lucia lucille lucy luis luke luther lydia lyle lynn mabel "
    "madeline madison mae maggie "
    "malcolm manuel marc marcia marco marcus margaret margarita maria marian marianne marie "
    "marilyn mario marion marisol "
    "marjorie marlene marsha marshall martha martin marvin mary mason mateo matthew mattie maureen "
    "maurice max maxine "
    "megan mei melanie melinda melissa melvin mercedes michael micheal michele michelle miguel "
    "mike mildred milton minh "
    "minnie miranda miriam misty mohamed mohammed molly mona monica monique morgan morris muhammad "
    "muriel myra myrtle nadia "
    "nancy naomi natalia natalie natasha nathan nathaniel neil nellie nelson nicholas nick nicole "
    "nikhil nina noah noel noor "
    "nora norma norman olga oliver olivia omar oscar otto owen pablo paige pam pamela patricia "
    "patrick patty paul paula "
    "pauline pedro peggy penny percy perry pete peter phil philip phillip phyllis piotr priscilla "
    "priya rachel rafael rahul "
    "raj ralph ramon ramona randall randy raul ravi ray raymond rebecca regina reginald renee "
    "ricardo richard rick ricky rita "
    "rob robert roberta roberto robin rodney roger roland ron ronald ronnie rosa rosalie rose "
    "rosemary ross roxanne roy ruben "
    "ruby rudolph russell ruth ryan sabrina sally salvador sam samantha samir samuel sandra sanjay "
    "santiago sara sarah sasha "
    "saul scott sean sebastian sergio seth shane shannon sharon shaun shawn sheila shelly sherry "
    "shirley sidney siobhan silvia "
    "simon sofia sonia sophia sophie spencer stacey stacy stanislaw stanley stefan stella "
    "stephanie stephen steve steven "
    "stuart sue sunita susan suzanne svetlana sven sylvia tamara tammy tanya tara tariq ted teresa "
    "terrance terrence terri "
    "terry thelma theodore theresa thomas tiffany tim timothy tina todd tom tomiko tommy toni tony "
    "tonya tracey traci tracy "
    "travis trevor tyler tyrone ursula valerie vanessa vera vernon veronica vicki vicky victor "
    "victoria vijay vincent "
    "vincenzo viola violet virgil virginia vivian wade walter wanda warren wayne wendell wendy "
    "wesley whitney wilbur wilfred "
    "willard william willie wilma winifred wojciech xavier yasmin yolanda yosef youssef yuki yusuf "
    "yvonne zachary zoe zofia";

constexpr std::string_view kFamilyNames =
    "abbott abernathy adams adebayo adeyemi aguilar ahmed akhtar alexander ali allen alvarado "
    "alvarez andersen anderson "
    "andersson andrews armstrong arnold atkins austin bailey baker banerjee baptiste barnes "
    "barnett barrett bauer becker bennett "
    "berg bergman berry bianchi bishop bjork black blake blanc bowman boyd bradley brennan brooks "
    "brown bryant burke burns butler "
    "byrne cabrera campbell campos cardenas carlson carpenter carr carranza carroll carter casey "
    "castellanos castillo castro "
    "chang chapman chavez chen cheng choi chowdhury christensen chung clark clarke cohen cole "
    "coleman collins colombo contreras "
    "cook cooper costa cox crawford crawley cruz cunningham daniels davidson davies davis "
    "delacroix delgado deshpande diaz diaz "
    "dixon doe dominguez donnelly dubois duncan dunn edwards elliott ellis engstrom espinoza "
    "esposito estrada evans ferguson "
    "fernandez ferrari fischer fisher fitzgerald fitzsimmons fleming flores foster fox francis "
    "franklin freeman fuentes fujimoto "
    "garcia gardner garza gibson gill goldberg gomez gonzales gonzalez goodman gordon graham grant "
    "gray greco green greene "
    "griffin grunwald guerrero gupta gutierrez guzman haas haddad hakimi hall hamilton hansen "
    "hanson harper harris harrison "
    "hart harvey hassan hayashi hayes henderson hendricks henry hernandez herrera hicks hill hoang "
    "hoffman holmes horvat howard "
    "huang hudson hughes hunt hunter hussain hussein ibrahim iqbal ito ivanov ivanova jackson "
    "jacobs james jansen jenkins jensen "
    "jessup jimenez johansson johnson johnston jones jordan joseph kaminski kang kaplan kapoor "
    "kaur kelly kennedy khan kim king "
    "klein knight kobayashi kowalczyk kowalski kumar kuznetsov lam lane larsen larson lawrence "
    "lawson le lee leroy levy lewis li "
    "lim lin lindgren lindqvist liu long lopez lu lynch macallister macdonald malone marino "
    "marshall martin martinez mason "
    "matthews mbeki mccarthy mcdonald mckenzie mehta mendez mendoza meyer miller mills mitchell "
    "mohamed molina moore morales "
    "moreau moreno morgan morris morrison mueller muller murphy murray myers nakagawa nakamura "
    "narayan nelson newman ng nguyen "
    "nielsen novak nwachukwu o'brien o'connor o'donnell o'neill o'rourke obi ochoa okafor okonkwo "
    "olsen olson ortega ortiz osborne "
    "ostrowski owens oyelaran palmer papadopoulos park parker patel patterson payne pearson "
    "pereira perez perkins perry peters "
    "petersen peterson petrov pham phillips pierce popov porter powell price quinn ramirez ramos "
    "rao reddy reed reyes reynolds ricci "
    "rice richards richardson richter rivera roberts robertson robinson rodriguez rogers rojas "
    "romano romero rosenbaum ross "
    "rossi ruiz russell russo ryan saito salazar sanchez sanders sandoval santos sato schmidt "
    "schneider schultz schwartz scott "
    "serrano shah shapiro sharma shaw silva simmons simpson singh smith snyder solheim soto "
    "spencer stein stephens stevens "
    "stewart stone sullivan suzuki svensson takahashi tanaka taylor thibodeaux thomas thompson "
    "thomson torres tran trevino "
    "tremblay turner tuttle vargas vasquez vega villanueva volkov wagner walker wallace walsh wang "
    "ward warren washington watanabe "
    "watkins watson weaver webb weber weiss wells west white whitfield williams williamson willis "
    "wilson wojcik wolf wong wood "
    "woods wright wu yamada yamamoto yang yilmaz young yu zhang zhao zhou zhu zimmerman";

// Words that stand capitalised in notes and are nobody's name there: of the language, at the
// beginning of sentences; of medicine, among them the names of signs, scores, drugs and makers.
constexpr std::string_view kCommonWords =
    "a about above according accompanied acute address admission admitted admit advised afebrile "
    "after age albumin alert all "
    "allergies allergy also am ambulated an and anesthesia angina anterior anticipate any apgar "
    "are area arrived artery as "
    "aspirin assessment at attending attends awake babinski back balance battery bed before below "
    "berg bilateral blood bmi body "
    "bone bp braden brain breath breslow brought but by c call called cardiac case cath cbc cell "
    "center change chart chest "
    "chief chronic claim clark clear clinic clinical code colon comfortable comment compared "
    "complaint condition consult "
    "continue continues contact counselled course critical crohn ct culture cultures current cycle "
    "cystic daily date day days "
    "denies department depression device diabetes diagnosis diet diff discharge discharged disease "
    "discussed dispatched dispense "
    "doing donor dose drain dressing drive driver drug ear ecg echo echocardiogram ed eeg elbow "
    "elderly electronically emergency "
    "employer encounter english er exam examination exit eye eyes factor family fever findings "
    "finger first fleischner follow "
    "following foley food foot for friday from full gait general gene gleason glucose goal goals "
    "grade gram gross group had hand "
    "has have he head health heart heel height hello hematology hemoglobin hemolyzed hep heparin "
    "her here high hip his history "
    "home hospital hour hours however i icu id if immunization implanted impression in inferior "
    "influenza infusion injury "
    "insurance interested interrogation iv january february march april may june july august "
    "september october november december "
    "jr kaposi katz kidney knee known lab laboratory labs lactate laparoscopic last lateral lead "
    "left leg less level lines lipid "
    "liver living low lower lumbar lung lungs lymph machine mailed male mallampati mass medical "
    "medicare medication medications "
    "medicine medtronic meds meeting member mg mi microscopic mild moderate monday monitor mood "
    "more morning moved mri murphy "
    "muscle n neck negative neighbor nerve neuro neurology new next night no node non none nor "
    "normal not note noted notified now "
    "number nurse nursing o occlusion of office old on oncology one operation operative or oral "
    "order orders organ other our out "
    "outpatient oxygen pain pancreas parkinson part pathology patient patients peak penicillin per "
    "phone photo photos physical "
    "physician plan plates please pneumonia policy polysomnogram portal pos positive post "
    "posterior postoperative pre pregnancy "
    "preoperative present presents pressure prior private procedure prognosis progress propofol "
    "prostate protein provider psych "
    "pulmonary pulse pupils questions radiology re read reason received recent recheck recommend "
    "recommended record referral "
    "referred regular rehab release remote renal repeat report reports requests rest resting "
    "result results return returned "
    "review reviewed rh rhythm right room routine sample saturday school second see seen sensation "
    "sepsis septic serum service "
    "services shared she shock shot shoulder signed since sincerely sinus skin social some "
    "sonographer speaks specimen spine "
    "spleen spoke spoken sputum stable stage started states status stomach stool street stress "
    "stroke study subject subjective "
    "sunday superior surgeon surgery surgical swab systolic t temp temperature temporary test "
    "testing tests thank thanks the "
    "their then therapy there these they third this thursday thyroid time timed tissue to today "
    "tolerated tooth toradol total "
    "trauma treated treatment trial tuesday tumor turned type ultrasound unit units unremarkable "
    "until up upper urgent urinary "
    "urine use vaccine vag vein ventricular very via visit vital vitals vitamin voided wall "
    "warfarin was wave we wear wednesday "
    "week weekly weeks weight well were west when where which white who wife will with without "
    "worker wound year years yes "
    "yesterday you your yours zone "
    // drugs, makers, tests, languages, faiths, agencies
    "acetaminophen adalimumab advisa amiodarone amlodipine amoxicillin apixaban atorvastatin "
    "azithromycin bactrim benadryl "
    "bisoprolol boston scientific abbott biotronik ceftriaxone cefazolin cipro coumadin dexcom "
    "digoxin eliquis epipen finasteride "
    "furosemide gabapentin glargine humalog humira hydroxychloroquine ibuprofen insulin keflex "
    "keppra lantus lasix levaquin "
    "lipitor lisinopril losartan lovenox meropenem metformin metoprolol morphine norepinephrine "
    "norvasc omeprazole oxaliplatin "
    "oxycodone plavix pneumovax prednisone prevnar prilosec quantiferon ramipril rocephin "
    "rocuronium seroquel sertraline "
    "synthroid tacrolimus tamiflu tiotropium topiramate toujeo tylenol vancomycin xarelto zofran "
    "zoloft zosyn "
    "english spanish french german chinese mandarin cantonese portuguese russian vietnamese arabic "
    "american african asian "
    "hispanic european christian catholic jewish muslim medicaid fda cdc walgreens cvs honda ford "
    "toyota wheels meals security "
    "fitzpatrick glasgow apache child pugh wells rockall ranson hunt hess bell palsy bruit kernig "
    "brudzinski romberg homans "
    "mcburney rovsing courvoisier virchow barrett cushing graves hashimoto addison raynaud sjogren "
    "still hodgkin burkitt ewing "
    "wilms paget dupuytren baker colles lachman phalen tinel trendelenburg babinski hoffmann "
    "alzheimer huntington tourette "
    "guillain barre lou gehrig marfan turner klinefelter down doppler holter swan ganz hickman "
    "broviac jackson pratt penrose "
    "coombs papanicolaou pap giemsa wright gomori ziehl neelsen epstein barr coxsackie lyme hansen";

constexpr std::string_view kTitles =
    "dr drs doctor mr mrs ms miss mister mx prof professor rev reverend father sister fr pastor "
    "rabbi imam chaplain lt sgt capt "
    "captain sergeant lieutenant officer detective deputy judge attorney sir madam dame lady lord "
    "nurse rn pa np emt medic "
    "paramedic uncle aunt auntie grandma grandpa granny coach señor señora herr frau mme monsieur "
    "madame little baby";

constexpr std::string_view kLabels =
    "patient pt name named re surgeon assistant attending anesthesiologist anesthetist physician "
    "provider doctor pathologist "
    "radiologist cardiologist sonographer technologist technician recorder coordinator midwife "
    "supervisor guarantor wife husband "
    "mother father mom mum dad son daughter sister brother niece nephew aunt uncle cousin "
    "grandmother grandfather grandson "
    "granddaughter neighbor neighbour friend partner spouse fiance fiancee girlfriend boyfriend "
    "caregiver carer guardian "
    "parent kin worker driver donor subject contact caller dear sincerely regards therapist "
    "dietitian pharmacist interpreter "
    "dictated signed transcribed reviewed by spoke with to cosigned witnessed examiner author "
    "scribe resident fellow intern "
    "teacher employer landlord roommate counselor psychologist psychiatrist client resident "
    "client's witness signer consultant "
    "referring requested requester performing performed called notified from and";

constexpr std::string_view kCredentials =
    "md m.d do d.o rn lpn np fnp aprn cnp pa pa-c phd dpt pt ot otr slp rd ldn crna msw lcsw rph "
    "pharmd dds dmd dpm dvm od frcs "
    "facc facs facp mbbs mrcp cnm rt rrt emt-p psyd lmft";

constexpr std::string_view kBeforePlaces = "in from near to at of outside around";

constexpr std::string_view kDoneByPersons =
    "denies denied reports reported states stated says said complains complained presents "
    "presented returns returned lives lived "
    "works worked wants wanted agrees agreed refuses refused feels felt is was has had will would "
    "does did can cannot came comes "
    "arrived tolerated ambulated ambulates walks walked ate slept woke looks appears seems "
    "understands verbalizes verbalized "
    "declined declines requests requested takes took smokes smoked drinks quit calls called asks "
    "asked remains remained continues "
    "doing seen here who and";

using Words = std::unordered_map<std::string_view, std::uint8_t>;

void add(std::string_view list, std::uint8_t kind, Words& words) {
    while (!list.empty()) {
        const std::size_t end = list.find(' ');
        if (end != 0) {
            words[list.substr(0, end)] |= kind;
        }
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
}

Words all_words() {
    Words words;
    add(kGivenNames, kGivenName, words);
    add(kFamilyNames, kFamilyName, words);
    add(kCommonWords, kCommon, words);
    add(kTitles, kTitle, words);
    add(kLabels, kLabel, words);
    add(kCredentials, kCredential, words);
    add(kBeforePlaces, kPlaceBefore, words);
    add(kDoneByPersons, kOfPersons, words);
    return words;
}

}  // namespace

std::uint8_t kinds_of(std::string_view word) {
    static const Words kWords = all_words();
    const auto known = kWords.find(word);
    return known == kWords.end() ? 0 : known->second;
}

}  // namespace aorta::privacy
