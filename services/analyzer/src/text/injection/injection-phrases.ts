import { requiredWords } from './required-words.ts'
import { createWordScan, type WordScan } from './scan-words.ts'

/**
 * Instructions to whoever reads conversations to judge them, in the words of `toWords`: lower case, no marks, one
 * space. `~3` is up to three words of any kind. Each pattern asks for what ordinary customers do not say: rules of the
 * reader, other people's conversations, scores to be set. "Ignore my last mail" and "I would rate this 1 out of 10" are
 * none of these.
 */
const NUMBER = '(?:minus |plus )?(?:[01]|one|zero|0 \\d+|1 0+|maximum|max|minimum|min|highest|lowest)'
/** Not the choice of a survey: `1 to 5`, `10 out of 10`, `5 stars`. */
const SCORE = `${NUMBER}(?! (?:to|out|of|or|bis|von|a|à|al|au|van|tot|stars?|sterne|estrellas|etoiles|stelle|star|\\d))`
const MOOD =
  '(?:very |extremely |completely |fully |highly )?(?:positive|negative|neutral|furious|delighted|happy|angry|satisfied|complaints?|praise)'
const JUDGE =
  '(?:rate|score|grade|judge|classify|mark|label|evaluate|tag|flag|treat|count|report|record|assess|interpret|set|put|list|give|assign|invert|flip|reverse|negate|multiply|change)'
const ITEM = '(?:conversations?|items?|entry|entries|chats?|threads?|transcripts?|dialogues?|dialogs?|records?|texts?)'

const IGNORE_EN =
  '(?:ignore|ignoring|disregard|disregarding|forget|forgetting|override|overriding|overrule|overwrite|bypass|neglect|discard|do not follow|don t follow|do not obey|stop following|stop obeying|pay no attention to)'
const RULES_EN =
  '(?:instructions?|prompts?|rules|guidelines|directives|commands|constraints|programming|guardrails|restrictions|system messages?|context|training)'
/** A manual's instructions are not the reader's. */
const OF_A_THING =
  '(?! (?:in|on|from|of|that came with|for) (?:the|your|my|our|this|a) (?:manual|booklet|leaflet|box|package|packaging|label|e mail|mail|email|letter|page|website|site|app|courier|driver|product|device|recipe))'

interface Phrases {
  /** Set the rules aside. */
  ignoring: string[]
  /** Set scores, of this conversation or of others. */
  judging: string[]
  /** Speak to the reader as the machine that it is, or make it another. */
  addressing: string[]
  /** Say how to answer, or what to give away. */
  answering: string[]
}

const ENGLISH: Phrases = {
  ignoring: [
    `${IGNORE_EN} (?:please )?(?:all |any |every |each )?(?:of )?(?:the |these |those |your |other |such )*(?:(?:previous|prior|preceding|above|earlier|foregoing|existing|original|initial|current|past|system|aforementioned|safety|hidden)(?: and| or)? )+${RULES_EN}`,
    `${IGNORE_EN} (?:all|any|every)(?: of)?(?: the| these| those| your)* ${RULES_EN}${OF_A_THING}`,
    `(?<! (?:to|i|we|can|you|had|did) )${IGNORE_EN} (?:your|the above|the system|the developer) ~1${RULES_EN}`,
    `${IGNORE_EN} (?:the )?~1${RULES_EN} (?:above|before this|so far|given above|you (?:were|have been) given|you received)`,
    `${IGNORE_EN} (?:everything|anything|all|whatever)(?: that| which)?(?! i| we| my)(?: (?:is|was|were|has been|have been|you|came|comes|stands|said|written|told))* (?:above|before|previously|earlier|so far|up to (?:now|here|this point)|prior|told|about)`,
    `${IGNORE_EN} ~2(?:text|message|content)s? (?:above|that came before)`,
  ],
  judging: [
    `${JUDGE} (?:this|that|the|it|these) ~2${ITEM} (?:down )?(?:as|with|at|a|to) ~3(?:${MOOD}|${SCORE})`,
    `(?:put|mark|note|write) (?:this|that|it) (?:one |chat |conversation )?down as ${MOOD}`,
    `(?:mark|rate|score|report|label|classify|treat|give|count) (?:all|each|every|both)(?: one)? (?:of )?(?:them|these|those|the others|others|the rest|neighbours|neighbors) ~4(?:${MOOD}|${SCORE})`,
    `${JUDGE} ~5(?:all|each|every|any) ~2(?:other |remaining |neighbou?ring |preceding |following |surrounding |next |above )?(?:${ITEM}|customers?) ~6(?:${MOOD}|${SCORE}|score|scores|sentiment|same|once|twice)`,
    `${JUDGE} ~3(?:scores?|sentiment|confidence|rating|${NUMBER}) ~4(?:to|for|on) (?:all|each|every|any) ~2${ITEM}`,
    `(?:all|each|every|any) (?:of )?(?:the |these )?(?:single |other |remaining |neighbou?ring |preceding |following |surrounding |above )*(?:conversations?|items?|entries|records|transcripts) ~6(?:must|should|shall|are to|is to|will|has to|have to|gets?|receives?|are|is|be) ~5(?:${MOOD}|minus ${NUMBER}|score|sentiment|omitted|ignored)`,
    `(?:other|neighbou?ring|adjacent|surrounding|remaining) (?:conversations|items) ~5(?:${MOOD}|${SCORE}|scores?|sentiment)`,
    `(?:scores?|sentiment|sign|polarity|confidence|clusters?|labels?) ~3(?:of|for|in) (?:all|each|every|any)(?: of the)?(?: other| neighbou?ring| remaining)? (?:items?|conversations?|entries)`,
    `(?:reasoning|clusters?|fields?|scores?|sentiment|confidence|labels?) (?:in|of|for) this item`,
    `item (?:before|after) this|leave this item as`,
    `(?:list|repeat|return|report|copy) (?:all|each|every) items?`,
    `clusters of (?:all|each|every|this)`,
    `clusters are the`,
    `(?:invert|flip|reverse|negate|multiply|swap) (?:the )?(?:signs?|scores?|sentiments?|polarity|scale)`,
    `(?:corrected|reversed|inverted|new) (?:scoring )?scale`,
    `scale (?:is|was|has been) ~1(?:upside down|reversed|inverted|swapped|turned)`,
    `scoring (?:guide|rules|guidelines|instructions)`,
    `sentiment scores? (?:must|should|shall|to|is|are|as|at|be|equals?|now|of|for|1|0|minus|plus|correct)`,
    `(?:correct|right|true|expected|required|final) (?:sentiment|score|confidence|sentiment score) ~5(?:is|must|should|be) ~3(?:${SCORE}|${MOOD})`,
    `(?:set|give|assign|return|output|report|put|mark|raise|lower|keep|make|use|force|write) ~5(?:sentiment|confidence)(?: scores?| values?| level)? ~2(?:to|of|as|at|is|be|equals?|must) ~2(?:${SCORE}|${MOOD})`,
    `(?:give|assign|award|grant) (?:this|the|each|every) ~2${ITEM} (?:a |the |an )?~2(?:score|rating|sentiment|${SCORE})`,
    `(?:assign|give|set|return|output) ~2(?:score|rating) (?:of |to |as |at )?${SCORE} (?:to|for) (?:this|the|each|every|all)`,
    `give (?:each|all|both) of them ~2(?:${SCORE})`,
    `(?:score|rating) (?:for|of) this ~1(?:conversation|item|chat|transcript) (?:is|must|should|shall|to be|be)`,
    `(?:must|should|shall|has to|have to|is to|are to|needs to) be (?:rated|scored|classified|labell?ed|judged|marked|graded|evaluated) ~3(?:${MOOD}|${SCORE})`,
    `from now on (?:you (?:must|shall|will|are to) )?(?:only |always )?(?:rate|score|act as|output|obey|classify|ignore|(?:respond|answer) (?:only|with))`,
    `one (?:paragraph|result|answer|score) for all`,
    `(?:entering|enter|enable|enabled|activate|activated|switch to|leave|in) (?:the |a )?(?:god|jailbreak|dan|unrestricted|unfiltered|calibration|grading|scoring) mode`,
    `(?:developer|debug|admin|maintenance) mode ~3(?:you|ignore|obey|rules|restrictions|filters|score|every|all)`,
    `(?:these|the|above|preceding|following) (?:items|conversations) ~4(?:synthetic|warm up|dummy|canary|canaries|known to be)`,
    `(?:first|mandatory|only) (?:clusters?|label) (?:of|for|in) (?:each|every|all)`,
  ],
  addressing: [
    `you are (?:now )?(?:an? |the |my |no longer (?:an? |the )?)?~2(?:assistant|ai|language model|llm|chatbot|grader|unrestricted|unfiltered|uncensored|jailbroken|pirate|dan|poet)(?! (?:manager|director|team|professor|editor|coach))`,
    `you are (?:now )?(?:free from|not bound|no longer bound|no longer required|in (?:developer|debug|admin|god|maintenance|test|grading) mode|acting as|going to act)`,
    `as an ai(?: language)?(?: model| assistant| system| grader)? you (?:must|should|will|are|have|need|can)`,
    `(?:act as|pretend to be|pretend you are|behave like|behave as|roleplay as|role play as|play the role of|simulate) (?:if you (?:are|were) )?(?:an? |the |my )?~2(?:ai|assistant|language model|llm|grader|chatbot|terminal|dan|system|developer|administrator)(?! (?:manager|director))`,
    `(?:note|message|instructions?|memo|hint|notice|correction|information|announcement) (?:to|for) (?:the |all |any |our |my )?(?:ai|llm|language model|(?:analysis|scoring|sentiment|evaluation|analytics|ai) (?:model|system|module|engine|bot|assistant|tool)|model(?! (?:number|no|name|year|i|we|of|x|s|that|\\d))|graders?|classifier|evaluators?|annotators?|grok|chatgpt|gpt|(?:whoever|whatever|anyone) ~3(?:grades|scores|rates|evaluates|analyses|analyzes|judges|reads and))`,
    `(?:whoever|whatever) (?:~3)(?:grades|scores|rates|evaluates|analyses|analyzes|classifies) (?:this|these|that|the)`,
    `(?:dear|hello|hi|hey|attention) (?:ai|llm|language model|grader|classifier|evaluator|annotator|grok|chatgpt|sentiment model)`,
    `new (?:system )?(?:instructions?|rules?|directives?) (?:for (?:the )?(?:ai|model|assistant|llm|system|grader)|from (?:the )?(?:system|developers?|operator|administrator))`,
    `(?:team|company|developers?|engineers?|person|people|organi[sz]ation) (?:that|who|which) (?:runs?|built|made|trained|operates?|programmed|created) you`,
    `(?:evaluator|grader|analyst|model|assistant|annotator|classifier|ai) (?:please )?(?:ignore|disregard|rate|score|set|output|give|assign|copy|judge) (?:this|the|all|every|each)`,
  ],
  answering: [
    `(?:for|of|to|in) (?:all|each|every) (?:other |single |neighbou?ring )*(?:items?|conversations?|entry|entries) (?:in|of|from|within|except|but|on) (?:the|this|your|that)? ?(?:list|batch|document|payload|request|input|array|json|call|one)`,
    `(?:conversations?|entries|customers?) (?:in|of|from|within) (?:the|this|your) (?:batch|document|payload|request|prompt|json|array|input)`,
    `items? (?:in|of|from|within) (?:the|this|your) (?:document|payload|prompt|json|array|input)`,
    `the (?:ai|model|llm|assistant|grader|reader|classifier|evaluator|annotator) (?:must|should|shall|has to|is (?:required|instructed|ordered|asked) to) ~2(?:rate|score|output|assign|classify|obey|ignore (?:all|the|any|previous|every)|(?:give|set|return|report|respond|answer|mark|treat) ~4(?:${MOOD}|score|sentiment|confidence|json|minus|conversations?|items?))`,
    `(?:respond|answer|reply|output|return|print) (?:only|just|exclusively|nothing but|solely|strictly|exactly) ~4(?:json|the following|this (?:json|text|string|phrase|object)|phrase|string|xml|yaml|conversation id|results|the (?:word|number|text))`,
    `(?:only|just) (?:output|respond with|answer with|return|print) ~3(?:json|the following|phrase|string|number|word|results?|score)`,
    `(?:output|write|return|print|answer with|respond with|say) nothing (?:else|but|other)`,
    `(?:begin|start|end|prefix|finish) your (?:answer|response|output|reply) with`,
    `(?:answer|respond|reply) (?:in|with|as) (?:plain |english |valid )*(?:prose|json|xml|yaml|base64|markdown)`,
    `output (?:requirements?|format) (?:is|for|of)`,
    `examples? of (?:the )?(?:correct|right|expected) (?:answers?|outputs?|results?)`,
    `(?:your|the) (?:new|real|actual|true|updated|revised|only) (?:instructions?|task|objective|directive|prompt|mission) (?:is|are|will be|now|follows?)`,
    `(?:reveal|show|print|repeat|ignore|output|leak|override|forget|display|copy|quote|translate|reproduce|recite|what is|what are|what s|tell me|disclose|update) ~4(?:system (?:prompt|messages?|instructions)|initial prompt|hidden (?:prompt|instructions)|(?:full|complete|exact|original|internal|secret) (?:prompt|instructions))(?! (?:me|us|him|her|them))`,
    `your (?:own |full |initial )?system (?:prompt|message|instructions)(?! (?:me|us|him|her|them))`,
    `system (?:override|prompt override|directive)`,
    `(?:global|admin|administrator|developer|operator) override`,
    `(?:message|note|instruction|notice|rule) (?:takes|has) (?:precedence|priority) over`,
    `do not mention (?:this|the) (?:note|change|message|notice|instruction|announcement|override)`,
  ],
}

const GERMAN: Phrases = {
  ignoring: [
    `(?:ignorier(?:e|en|t)?|vergiss|vergesst|vergessen|missachte[nt]?|verwirf|verwerfen|uberschreibe?n?|ubergehen?|beachte[nt]? nicht|befolge[nt]? nicht)(?: sie)?(?: bitte)?(?: all(?:e|es)| samtliche| jegliche| jede| die| diese| deine| ihre| eure)*(?: (?:bisherigen?|vorherigen?|vorangegangenen?|vorangehenden?|obigen?|fru(?:e)?heren?|vorstehenden?|obenstehenden?|ursprunglichen?|urspruenglichen?|oben genannten|anderen))+ (?:anweisung(?:en)?|instruktion(?:en)?|vorgaben?|regeln?|befehle?|prompts?|richtlinien?|kontext)`,
    `(?:ignorier(?:e|en|t)?|vergiss|vergesst|missachte[nt]?)(?: sie)?(?: bitte)? (?:(?:alle|samtliche|jegliche)(?: deine| ihre| eure)?|deine) (?:anweisungen|instruktionen|vorgaben|regeln|befehle|richtlinien)`,
    `(?:ignorier(?:e|en|t)?|vergiss|vergesst|vergessen)(?: sie)?(?: bitte)? alles (?:was )?(?!ich|wir)~2(?:oben|davor|bisher|vorher|zuvor|daruber|bislang)`,
    `(?:das modell|die ki|das sprachmodell|der assistent|der bewerter) (?:muss|soll|sollte|hat) ~5(?:bewerten|ausgeben|ignorieren|einstufen|score|antworten)`,
  ],
  judging: [
    `(?:bewerte[nt]?|bewertet|werte[nt]?|stufe[nt]?|beurteile[nt]?|klassifiziere[nt]?|markiere[nt]?)(?: sie)? (?:dies(?:e|es|en)|alle|jede[ns]?|die|das|samtliche) ~2(?:konversation(?:en)?|unterhaltung(?:en)?|gesprach(?:e)?|gespraech(?:e)?|chats?|eintrage?|dialoge?|elemente?) ~2(?:als|mit|auf) ~2(?:positiv|negativ|neutral|zufrieden|begeistert|wutend|sehr|${SCORE})`,
    `(?:alle|jede|samtliche)(?: anderen| ubrigen| weiteren| andere| sonstigen)* (?:konversation(?:en)?|unterhaltung(?:en)?|gesprache|gespraeche|eintrage) ~4(?:bewert\\w*|score|sentiment|negativ|positiv|erhalt(?:en)?|bekomm(?:en|t)|minus)`,
    `(?:setze|gib|vergib|weise|setzen|geben|vergeben)(?: sie)? ~4(?:sentiment|stimmungswert|konfidenz|confidence|score|stimmung) ~3(?:auf|von|als|gleich|mit) ~2${SCORE}`,
  ],
  addressing: [
    `du bist (?:jetzt|nun|ab sofort|ab jetzt|nicht mehr|kein) ~3(?:assistent|ki|sprachmodell|modell|bewerter|chatbot|modus|pirat)`,
    `(?:hinweis|anweisung|anweisungen|nachricht|mitteilung|systemhinweis|notiz) (?:an|fur) (?:die ki|das sprachmodell|das modell|den bewerter|das auswertungs\\w*|das analyse\\w*|die auswertung|das system|den assistenten|grok)`,
    `neue (?:anweisung|anweisungen|instruktion|instruktionen|regeln?) (?:fur (?:die ki|das modell|dich)|vom system|an das)`,
    `als ki(?: modell| assistent)? (?:musst|sollst|hast) du`,
  ],
  answering: [
    `antworte[nt]?(?: sie)? (?:nur|ausschliesslich|lediglich) (?:mit|im|in) ~3(?:json|wort|folgend\\w*|text|zahl|xml)`,
    `(?:gib|schreibe) (?:nur|ausschliesslich|lediglich) ~4(?:aus|json|folgend\\w*)`,
    `(?:system ?prompt|systemprompt|systemnachricht) ~3(?:aus|ausgeben|zeigen|wiederhol\\w*|ignorier\\w*)`,
  ],
}

const RULES_FR = '(?:instructions?|consignes?|regles?|directives?|ordres?|commandes?|prompts?)'
const FRENCH: Phrases = {
  ignoring: [
    `(?:ignore[zr]?|oublie[zr]?|negligez?|ecarte[zr]?|ne (?:tiens|tenez|tenir) (?:pas|plus) compte (?:de |des )?|ne (?:suis|suivez) (?:pas|plus)|fais abstraction de|faites abstraction de) ?(?:toutes? |tous )?(?:les |tes |vos |ces |des |de )?${RULES_FR} (?:precedente?s?|anterieure?s?|ci dessus|au dessus|initiales?|originales?|du systeme|recues?|qui precedent|donnees)`,
    `(?:ignore[zr]?|oublie[zr]?|negligez?) (?:toutes? |tous )?(?:les |tes |vos |ces )?(?:precedentes?|anterieures?|anciennes) ${RULES_FR}`,
    `(?:ignore[zr]?|oublie[zr]?) (?:toutes (?:les|tes|vos) |tous (?:les|tes|vos) |tes )${RULES_FR}(?! (?:dans|du manuel|de la notice))`,
    `(?:ignore[zr]?|oublie[zr]?) tout ce qui (?:precede|est au dessus|a ete dit|est ecrit)`,
  ],
  judging: [
    `(?:note[zr]?|evalue[zr]?|attribue[zr]?|donne[zr]?|mets|mettez|classe[zr]?|considere[zr]?|marque[zr]?) (?:a )?(?:cette|toutes?|tous|chaque|la|les|ces) ~3(?:conversations?|echanges?|elements?|discussions?|dialogues?) ~3(?:comme|a|avec|un|une|la note|le score) ~3(?:positi\\w*|negati\\w*|neutres?|satisfait\\w*|ravi\\w*|furieu\\w*|${SCORE}|score|note)`,
    `(?:toutes|tous) les autres (?:conversations|echanges|elements|dialogues) ~4(?:note\\w*|score|sentiment|negati\\w*|positi\\w*|doivent|recoivent|minus|omis|doublons)`,
    `(?:mets|mettez|fixe[zr]?|regle[zr]?|attribue[zr]?|donne[zr]?) ~3(?:score|sentiment|confiance) ~3(?:a|de|sur|egal) ~2${SCORE}`,
    `ne (?:renvoie|renvoyez|donne|retourne) (?:qu un|que le) ~2(?:seul )?(?:resultat|score)`,
  ],
  addressing: [
    `tu es (?:maintenant|desormais|a present) ~2(?:assistant|ia|modele|chatbot|mode|pirate|evaluateur)`,
    `(?:consignes?|instructions?|note|message|avis) (?:au|pour le|a l attention du|a l intention du|pour l|a l) ?(?:modele(?! (?:[a-z]?\\d|de (?:ma|mon|la|voiture|telephone)))|ia|intelligence artificielle|assistant ia|systeme d analyse|evaluateur|modele de langage)`,
    `le (?:modele|systeme d analyse|evaluateur) (?:doit|devra|devrait) ~4(?:noter|ignorer|repondre|attribuer|classer|score)`,
    `(?:par le|au) systeme d analyse`,
    `nouvelles? (?:instructions?|consignes?) (?:pour le modele|pour l ia|du systeme|au modele)`,
    `en tant qu ia (?:tu|vous)`,
  ],
  answering: [
    `(?:reponds|repondez) (?:uniquement|seulement|exclusivement) (?:par|avec|en|avec le) ~3(?:json|mot|texte|suit|suivant\\w*|nombre|xml)`,
    `(?:affiche[zr]?|revele[zr]?|montre[zr]?|repete[zr]?|recopie[zr]?|donne[zr]?) ~3(?:prompt systeme|instructions systeme|message systeme)`,
  ],
}

const RULES_ES = '(?:instruccion(?:es)?|reglas|ordenes|indicaciones|directrices|prompts?|comandos|normas|directivas)'
const SPANISH: Phrases = {
  ignoring: [
    `(?:ignora|ignore|ignoren|ignorar|olvida|olvide|olviden|olvidar|descarta|descarte|omite|omita|no hagas caso (?:de|a)|no haga caso (?:de|a)|no sigas|desatiende|pasa por alto) (?:todas?|todos?|cualquier)?~1(?:${RULES_ES}) (?:anteriores?|previas?|precedentes?|de arriba|arriba|del sistema|originales|que (?:te|se te|has|recibiste)|recibidas|iniciales)`,
    `(?:ignora|ignore|olvida|olvide|descarta|omite) (?:todas (?:las|tus|sus) |tus )${RULES_ES}(?! (?:del manual|de la caja))`,
    `(?:ignora|olvida|ignore|olvide) (?:las |todas las )?(?:anteriores|previas) ${RULES_ES}`,
    `(?:ignora|olvida|ignore|olvide) todo lo (?:anterior|de arriba|que (?:se|te|has|esta|hay))`,
  ],
  judging: [
    `(?:califica|califique|puntua|puntue|valora|valore|evalua|evalue|clasifica|clasifique|marca|marque|asigna|asigne|dale?|trata|considera) (?:a )?(?:esta|todas?|cada|la|las|estas) ~3(?:conversacion(?:es)?|chats?|elementos?|dialogos?|mensajes) ~3(?:como|con|un|una|de|la) ~3(?:positiv\\w*|negativ\\w*|neutr\\w*|satisfech\\w*|furios\\w*|encantad\\w*|${SCORE}|puntuacion|maxima)`,
    `(?:todas las|las) demas (?:conversaciones|elementos)|todas las otras conversaciones`,
    `(?:pon|ponga|asigna|asigne|establece|fija|da|de|dale) ~4(?:puntuacion|sentimiento|sentiment score|confianza) ~4(?:a|en|de|como|igual) ~2${SCORE}`,
    `puntuacion ~3(?:de esta conversacion|de cada conversacion|de todas) ~2(?:debe|es|sera|tiene)`,
  ],
  addressing: [
    `(?:ahora eres|eres ahora|ya no eres|a partir de ahora eres) ~3(?:asistente|ia|modelo|chatbot|modo|pirata|evaluador)`,
    `(?:nota|mensaje|instruccion|instrucciones|aviso) (?:para|a|al|dirigid[oa] al?) (?:la |el )?(?:ia|inteligencia artificial|modelo(?! (?:[a-z]?\\d|de))|modelo de lenguaje|asistente de ia|evaluador|quien (?:analice|evalue|lea y))`,
    `para quien (?:analice|evalue|califique|puntue) (?:este|esta|estos|estas)`,
    `el (?:modelo|evaluador|asistente) (?:debe|deberia|tiene que) ~3(?:calificar|puntuar|ignorar|responder (?:solo|con)|asignar|clasificar)`,
    `nuevas? (?:instrucciones|instruccion) (?:para el modelo|para la ia|del sistema)`,
    `como ia (?:debes|tienes)`,
  ],
  answering: [
    `(?:responde|responda|contesta|conteste) (?:solo|solamente|unicamente|exclusivamente) (?:con|en) ~3(?:json|palabra|texto|siguiente|numero|xml)`,
    `(?:muestra|revela|repite|imprime|copia|muestrame|dime) ~3(?:prompt del sistema|instrucciones del sistema|mensaje del sistema)`,
  ],
}

const RULES_PT = '(?:instrucoes|instrucao|regras|ordens|diretrizes|comandos|orientacoes|prompts?)'
const PORTUGUESE: Phrases = {
  ignoring: [
    `(?:ignore|ignora|ignorem|ignorar|esqueca|esquece|esquecer|desconsidere|desconsidera|descarte|nao siga|nao sigas) (?:todas?|quaisquer)? ?(?:as |suas |tuas |estas |essas )*${RULES_PT} (?:anteriores|previas|acima|precedentes|do sistema|originais|iniciais|que (?:voce|te|recebeu))`,
    `(?:ignore|ignora|esqueca|esquece|desconsidere) (?:todas as (?:suas |tuas )?|todas suas |tuas )${RULES_PT}(?! (?:do manual|da caixa|da embalagem))`,
    `(?:ignore|ignora|esqueca|esquece|desconsidere) tudo (?:o )?que (?:esta|foi|veio|vem|voce)`,
  ],
  judging: [
    `(?:avalie|avalia|classifique|classifica|pontue|marque|marca|atribua|atribui|de|considere|trate) (?:a )?(?:esta|essa|todas?|cada|a|as|estas) ~3(?:conversas?|dialogos?|itens|item|mensagens|elementos?) ~3(?:como|com|uma?|a nota|de) ~3(?:positiv\\w*|negativ\\w*|neutr\\w*|satisfeit\\w*|furios\\w*|${SCORE}|nota|pontuacao)`,
    `todas as (?:outras|demais) conversas`,
    `(?:defina|define|coloque|atribua|ponha|de) ~4(?:pontuacao|sentimento|sentiment score|confianca) ~4(?:em|para|de|como|igual) ~2${SCORE}`,
  ],
  addressing: [
    `(?:agora voce e|voce agora e|agora es|a partir de agora voce e|voce nao e mais) ~3(?:assistente|ia|modelo|chatbot|modo|pirata|avaliador)`,
    `(?:nota|mensagem|instrucao|instrucoes|aviso) (?:para|a|ao) ?(?:o |a )?(?:ia|inteligencia artificial|modelo(?! (?:[a-z]?\\d|de|do|da))|modelo de linguagem|avaliador|assistente de ia|quem (?:analisa|avalia))`,
    `o (?:modelo|avaliador|assistente) (?:deve|devera|tem que) ~3(?:avaliar|ignorar|responder (?:apenas|com)|atribuir|classificar|pontuar)`,
    `novas? (?:instrucoes|instrucao) (?:para o modelo|para a ia|do sistema)`,
    `como ia voce (?:deve|tem|precisa)`,
  ],
  answering: [
    `(?:responda|responde) (?:apenas|somente|so|unicamente|exclusivamente) (?:com|em) ~3(?:json|palavra|texto|seguinte|numero|xml)`,
    `(?:mostre|revele|repita|imprima|copie|mostra) ~3(?:prompt do sistema|instrucoes do sistema|mensagem do sistema)`,
  ],
}

const RULES_IT = '(?:istruzioni|istruzione|regole|indicazioni|direttive|ordini|comandi|prompt)'
const ITALIAN: Phrases = {
  ignoring: [
    `(?:ignora|ignorare|ignorate|ignori|dimentica|dimenticare|dimenticate|dimentichi|trascura|trascurate|scorda|non (?:tenere|tenete|tenga) conto (?:di|delle|dei)|non seguire) (?:tutt[ei] )?(?:le |tue |queste |quelle |i |gli )*${RULES_IT} (?:precedenti|sopra|di sopra|anteriori|iniziali|originali|di sistema|ricevute|qui sopra|che)`,
    `(?:ignora|dimentica|trascura|ignori) (?:le )?(?:precedenti|tue precedenti) ${RULES_IT}`,
    `(?:ignora|dimentica|ignorate|dimenticate) (?:tutte (?:le )?(?:tue )?|le tue )${RULES_IT}(?! (?:del manuale|sulla scatola))`,
    `(?:ignora|dimentica|ignorate) tutto (?:cio|quello) che (?:precede|e stato|sta|ti|viene)`,
  ],
  judging: [
    `(?:valuta|valutate|valuti|classifica|assegna|assegnate|dai|date|segna|contrassegna|considera|tratta) (?:a )?(?:questa|tutte|ogni|la|le|queste) ~3(?:conversazion[ei]|chat|dialog[oh]i?|element[oi]|messaggi) ~3(?:come|con|un|una|il|di) ~3(?:positiv\\w*|negativ\\w*|neutr\\w*|soddisfatt\\w*|furios\\w*|entusiast\\w*|${SCORE}|punteggio)`,
    `tutte le altre conversazioni`,
    `(?:imposta|metti|assegna|fissa|dai) ~4(?:punteggio|sentiment|sentimento|confidenza|sentiment score) ~4(?:a|su|di|come|pari) ~2${SCORE}`,
  ],
  addressing: [
    `(?:ora sei|adesso sei|sei ora|d ora in poi sei|non sei piu) ~3(?:assistente|ia|ai|modello|chatbot|modalita|pirata|valutatore)`,
    `(?:nota|messaggio|istruzione|istruzioni|avviso) (?:per|al|all|alla) ?(?:il |l |la )?(?:ia|ai|intelligenza artificiale|modello(?! (?:[a-z]?\\d|di|del))|modello linguistico|valutatore|chi (?:analizza|valuta))`,
    `il (?:modello|valutatore) (?:deve|dovra|dovrebbe) ~3(?:valutare|ignorare|rispondere|assegnare|classificare)`,
    `nuov[ea] istruzion[ei] (?:per il modello|per l ia|del sistema|di sistema)`,
    `come ia (?:devi|hai)`,
  ],
  answering: [
    `(?:rispondi|rispondete|risponda) (?:solo|soltanto|esclusivamente|unicamente) (?:con|in) ~3(?:json|parola|testo|seguente|numero|xml)`,
    `esempi di (?:risposte|valutazioni) corrette`,
    `(?:mostra|rivela|ripeti|stampa|copia) ~3(?:prompt di sistema|istruzioni di sistema)`,
  ],
}

const RULES_NL = '(?:instructies?|aanwijzingen|regels|opdrachten|richtlijnen|prompts?|bevelen|voorschriften)'
const DUTCH: Phrases = {
  ignoring: [
    `(?:negeer|negeren|vergeet|vergeten|sla|volg niet|let niet op) (?:alsjeblieft )?(?:alle |de |je |jouw |uw |deze |al )*(?:vorige|eerdere|voorgaande|bovenstaande|bestaande|oorspronkelijke|voorafgaande) ${RULES_NL}`,
    `(?:negeer|vergeet) (?:al (?:je|jouw|uw|de) |alle (?:je |jouw |uw )?|je |jouw )${RULES_NL}(?! (?:in de|op de|van de))`,
    `(?:negeer|vergeet) alles (?:wat )?~2(?:hierboven|hiervoor|tot nu toe|eerder)`,
  ],
  judging: [
    `(?:beoordeel|waardeer|markeer|classificeer|geef|label|behandel) (?:dit|deze|alle|elk|elke|ieder|iedere|het) ~3(?:gesprek|gesprekken|conversaties?|items?|chats?|dialogen) ~3(?:als|met|een|de) ~3(?:positief|negatief|neutraal|tevreden|woedend|${SCORE}|score)`,
    `alle (?:andere|overige) (?:gesprekken|conversaties)`,
    `(?:zet|stel|geef|maak) ~4(?:sentiment|score|vertrouwen|sentiment score) ~3(?:op|van|als|naar|gelijk) ~2${SCORE}`,
  ],
  addressing: [
    `(?:je bent nu|jij bent nu|u bent nu|je bent niet langer) ~3(?:assistent|ai|taalmodel|model|chatbot|modus|piraat|beoordelaar)`,
    `(?:bericht|notitie|instructies?|opmerking|mededeling) (?:aan|voor) (?:de |het )?(?:ai|taalmodel|model(?! (?:[a-z]?\\d|van))|beoordelaar|ai assistent)`,
    `het (?:model|taalmodel) (?:moet|dient|zal) ~4(?:beoordelen|negeren|antwoorden|geven|score)`,
    `nieuwe instructies? (?:voor het model|voor de ai|van het systeem)`,
    `beste lezer van (?:dit|deze) (?:gesprek|chat|tekst)`,
    `als ai (?:moet|dien) (?:je|jij|u)`,
  ],
  answering: [
    `(?:antwoord|reageer) (?:alleen|uitsluitend|enkel) (?:met|in) ~3(?:json|woord|tekst|volgende|getal|xml)`,
    `uw (?:volledige|complete) ~1instructies`,
    `(?:toon|herhaal|onthul|kopieer) ~3(?:systeemprompt|systeembericht|systeem prompt)`,
  ],
}

export type PhraseSort = keyof Phrases

export interface Phrase {
  sort: PhraseSort
  pattern: RegExp
  /** Numbers of beginnings: a text that it matches holds one of each set. */
  needed: number[][]
}

/**
 * Words that stand in every second text tell little: of a phrase's sets the one with the fewest of them is looked at
 * first.
 */
const COMMON = new Set(
  (
    'the this that these thes a an to of for in on at as is are be you your not no all and or with from one what now any some it ' +
    'give set make put take must will have has here befo over cont happ afte once same mess orde word noth answ repl ' +
    'der die das den dem ein eine und ist sie ich nich auf fur mit von zu als le la les un une des du de et est vous pour que ' +
    'el los las una por con para y en es se no tu su o os as um uma do da com il lo gli di che non e per het een van dat je te op'
  ).split(' '),
)
const rarity = (set: readonly string[]): number => set.reduce((sum, word) => sum + (COMMON.has(word) ? 20 : 1), 0)

const SORTS = ['ignoring', 'judging', 'addressing', 'answering'] as const
const BEGINNINGS: string[] = ['minu']
const numberOf = new Map([['minu', 0]])
const PHRASES = [ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, DUTCH]
  .flatMap((phrases) => SORTS.flatMap((sort) => phrases[sort].map((phrase) => ({ sort, phrase }))))
  .map(({ sort, phrase }): Phrase => {
    const source = phrase.replace(/~(\d)/g, '(?:[a-z0-9]+ ){0,$1}')
    const needed = requiredWords(source).toSorted((one, other) => rarity(one) - rarity(other))
    return { sort, pattern: new RegExp(` (?:${source})(?= )`), needed: needed.map((set) => set.map(toNumber)) }
  })

function toNumber(beginning: string): number {
  const number = numberOf.get(beginning) ?? BEGINNINGS.push(beginning) - 1
  numberOf.set(beginning, number)
  return number
}

/**
 * By number of a beginning: the phrases that may be there when it is. The others, of which nothing is known, may
 * always.
 */
const PHRASES_WITH: Phrase[][] = BEGINNINGS.map(() => [])
const OTHER_PHRASES: Phrase[] = []
for (const phrase of PHRASES) {
  if (phrase.needed[0] === undefined) OTHER_PHRASES.push(phrase)
  for (const number of phrase.needed[0] ?? []) PHRASES_WITH[number]?.push(phrase)
}

/** A look over folded text without other letters, or over `toWords(text)`. */
export const scanWords = createWordScan(BEGINNINGS)

/** The phrases of which the text that was looked at holds all needed words: few texts hold those of any. */
export function possiblePhrases({ seen, has }: WordScan): Phrase[] {
  const possible = [...OTHER_PHRASES]
  for (const number of seen)
    for (const phrase of PHRASES_WITH[number] ?? [])
      if (phrase.needed.every((set) => set.some(has)) && !possible.includes(phrase)) possible.push(phrase)
  return possible
}

/** The instructions in `toWords(text)`, at most one for each phrase. */
export function* findInstructionsIn(
  words: string,
  phrases: readonly Phrase[],
): Generator<{ sort: PhraseSort; found: string }> {
  for (const { sort, pattern } of phrases) {
    const found = pattern.exec(words)?.[0]
    if (found !== undefined) yield { sort, found }
  }
}

export const ALL_PHRASES: readonly Phrase[] = PHRASES

/** Over `spelledAgain`'s runs, in which no gap is left: only what no ordinary long word can hold. */
export const INSTRUCTIONS_IN_ONE_WORD =
  /(?:ignore|disregard|forget|override|bypass)(?:all|any)?(?:of)?(?:the|your|these|those)?(?:previous|prior|preceding|above|earlier|system|existing|original)?(?:and|or)?(?:previous|prior|above)?(?:instruction|prompt|rules|guideline|directive|command)|(?:ignore|disregard|forget)everything(?:above|before)|(?:reveal|show|print|repeat)(?:the|your|me)*systemprompt|(?:rate|score|mark|classify|label)(?:this|all|every|each|the)*(?:other)?(?:conversation|item|chat)s?(?:as|with|a)(?:positive|negative|neutral|1|minus1)|(?:set|give|assign)(?:the|all|every)?sentiment(?:score)?s?(?:to|of|as)|youarenow(?:an?)?(?:unrestricted|assistant|ai|dan|indeveloper)|newsysteminstruction|(?:ignorier|vergiss|missachte)\w{0,4}alle\w{0,20}(?:anweisung|instruktion|regel)|(?:ignore|oublie)[zr]?tou(?:te)?s\w{0,16}(?:instruction|consigne)|(?:ignor|olvid)[ae]todas\w{0,16}instruccion|(?:ignor[ea]|esquec[ae])todas\w{0,16}instruc|(?:ignora|dimentica)tutte\w{0,16}istruzion|(?:negeer|vergeet)alle\w{0,16}instructie/

/** Over the text with its own letters: the commonest forms where more of the world's support is written. */
export const INSTRUCTIONS_IN_OTHER_SCRIPTS = new RegExp(
  [
    String.raw`(?:игнорируй(?:те)?|забудь(?:те)?|не обращай(?:те)? внимани[ея] на) (?:[а-яё]+ ){0,3}(?:инструкци[июя]|указани[яею]|правила|команды|сказано|выше)`,
    String.raw`(?:инструкция|указание|сообщение) для (?:модели|ии|нейросети|языковой)|оценк[иу] (?:соседних|других|всех) (?:разговоров|диалогов|бесед)`,
    String.raw`(?:忽略|无视|無視|忘记|忘記|不要理会)[^。！？\n]{0,12}(?:指令|指示|提示|规则|規則|说明)|(?:系统|系統)(?:提示词|提示詞|公告|指令)|(?:所有|其他|其它)[^。！？\n]{0,6}(?:对话|對話)[^。！？\n]{0,12}(?:评分|評分|分数|标为|設為|设为)|评分(?:系统|标准)`,
    String.raw`(?:以前|これまで|上記|前)の[^。！？\n]{0,10}(?:指示|命令|ルール|プロンプト)[^。！？\n]{0,6}(?:無視|忘れ)|(?:感情|センチメント)スコア|システムプロンプト|他の(?:すべての)?会話[^。！？\n]{0,10}(?:評価|スコア)`,
    String.raw`(?:이전|위의?|앞의?) ?(?:모든 )?(?:지시|명령|지침|규칙)[^.!?\n]{0,8}(?:무시|잊)|시스템 ?프롬프트|모든 대화[^.!?\n]{0,20}(?:점수|score)|감정 ?점수`,
    String.raw`(?:تجاهل|تجاهلوا|انس|انسَ) (?:كل |جميع )?(?:التعليمات|الأوامر|القواعد)|تعليمات (?:جديدة )?(?:للنموذج|للذكاء)|جميع المحادثات[^.!؟\n]{0,20}(?:الدرجة|درجة)`,
    String.raw`(?:دستور(?:العمل)?\p{L}{0,3}|دستورات)[ \u200C](?:های )?قبلی را[^.!؟\n]{0,12}(?:نادیده|فراموش)[^.!؟\n]{0,40}(?:امتیاز|نمره|مدل)`,
    String.raw`(?:önceki|yukarıdaki|bütün|tüm) (?:tüm |bütün )?(?:talimat|yönerge|kural|komut)\p{L}{0,8} (?:yok say|unut|dikkate alma|görmezden gel)|(?:bütün|tüm|diğer) konuşma\p{L}{0,6}[^.!?\n]{0,20}(?:skor|puan|score)|duygu analizi modülü`,
    String.raw`(?:zignoruj|zapomnij|pomiń|ignoruj) (?:o )?(?:wszystkie |wszystkich )?(?:poprzednie|wcześniejsze|powyższe|poprzednich|wcześniejszych) (?:instrukcje|polecenia|instrukcjach|zasady)`,
    String.raw`(?:पिछले|ऊपर के|सभी) (?:सभी )?निर्देश(?:ों)? (?:को )?(?:अनदेखा|भूल|नज़रअंदाज़)`,
  ].join('|'),
  'iu',
)
