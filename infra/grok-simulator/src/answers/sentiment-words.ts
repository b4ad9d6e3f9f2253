export type Language = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'ja'

/**
 * Words with their mood, on VADER's scale (about -4 … 4), for the languages VADER does not know. Whole words, lower
 * case; an entry of several words is looked for as it stands. Japanese has no spaces, so its entries are always looked
 * for as they stand.
 */
export const moodWords: Record<Exclude<Language, 'en'>, ReadonlyMap<string, number>> = {
  de: byMood([
    [
      3,
      'super, toll, prima, klasse, perfekt, hervorragend, ausgezeichnet, großartig, wunderbar, ' +
        'fantastisch, begeistert, bestens, einwandfrei, spitze',
    ],
    [
      2,
      'zufrieden, freundlich, freundliche, freue, freut, danke, dank, dankbar, gut, gute, guter, gutes, ' +
        'hilfreich, geholfen, gelöst, klappt, liebe, empfehlen, empfehle, top, schön, angenehm, lob, ' +
        'funktioniert wieder',
    ],
    [1, 'schnell, schnelle, einfach, gerne'],
    [-1, 'fehler, fehlt, problem, probleme, leider, nie, verspätet, verspätung, verloren, langsam'],
    [
      -2,
      'funktioniert nicht, geht nicht, klappt nicht, keine antwort, schlecht, schlechte, schlechter, ' +
        'schlimm, enttäuscht, enttäuschend, enttäuschung, ärgerlich, ärgere, sauer, frust, frustrierend, ' +
        'kaputt, defekt, beschädigt, falsch, falsche, unmöglich, nervt, genervt, beschwerde, beschweren, ' +
        'stürzt, abgestürzt, nutzlos',
    ],
    [
      -3,
      'furchtbar, schrecklich, katastrophe, katastrophal, wütend, unverschämt, unverschämtheit, ' +
        'frechheit, mies, abzocke, betrug, inakzeptabel, zumutung, wertlos',
    ],
  ]),
  fr: byMood([
    [
      3,
      'super, génial, géniale, parfait, parfaite, excellent, excellente, formidable, merveilleux, ravi, ' +
        'ravie, bravo, adore, impeccable',
    ],
    [
      2,
      'content, contente, satisfait, satisfaite, merci, bon, efficace, utile, aimable, gentil, gentille, ' +
        'agréable, résolu, recommande, aime, top, ça marche, tout fonctionne',
    ],
    [1, 'bien, bonne, rapide, rapidement'],
    [
      -1,
      'erreur, erreurs, problème, problèmes, malheureusement, jamais, retard, perdu, perdue, lent, ' +
        'bloqué, bloquée, manque',
    ],
    [
      -2,
      'ne marche, ne fonctionne, ne répond, aucune réponse, mauvais, mauvaise, mal, déçu, déçue, ' +
        'décevant, déception, marre, cassé, cassée, abîmé, défectueux, nul, nulle, impossible, frustrant, ' +
        'plainte, pénible, inutile',
    ],
    [
      -3,
      'horrible, affreux, catastrophe, catastrophique, inadmissible, inacceptable, scandaleux, honteux, ' +
        'honte, colère, furieux, furieuse, arnaque, pire',
    ],
  ]),
  es: byMood([
    [
      3,
      'genial, excelente, perfecto, perfecta, estupendo, fantástico, maravilloso, encantado, encantada, ' +
        'encanta, feliz, impecable',
    ],
    [
      2,
      'bueno, buena, buen, bien, contento, contenta, satisfecho, satisfecha, gracias, agradezco, amable, ' +
        'útil, eficaz, resuelto, recomiendo, recomendable, mejor, ya funciona',
    ],
    [1, 'rápido, rápida'],
    [
      -1,
      'error, errores, problema, problemas, lamentablemente, nunca, retraso, tarde, perdido, lento, ' +
        'lenta, bloqueada, bloqueado, falta',
    ],
    [
      -2,
      'no funciona, no carga, no responde, sin respuesta, malo, mala, mal, decepcionado, decepcionada, ' +
        'decepción, harto, harta, roto, rota, dañado, defectuoso, imposible, frustrante, queja, inútil',
    ],
    [
      -3,
      'pésimo, pésima, horrible, terrible, fatal, desastre, enfadado, enfadada, furioso, furiosa, ' +
        'vergüenza, inaceptable, estafa, peor',
    ],
  ]),
  pt: byMood([
    [
      3,
      'ótimo, ótima, excelente, perfeito, perfeita, maravilhoso, fantástico, feliz, adorei, adoro, amei, ' +
        'impecável, parabéns',
    ],
    [
      2,
      'bom, boa, contente, satisfeito, satisfeita, obrigado, obrigada, agradeço, simpático, útil, ' +
        'eficiente, resolvido, recomendo, melhor, voltou a funcionar',
    ],
    [1, 'bem, rápido, rápida'],
    [-1, 'erro, erros, problema, problemas, infelizmente, nunca, atraso, atrasado, perdido, lento, bloqueada, falta'],
    [
      -2,
      'não funciona, não abre, sem resposta, ruim, mau, má, mal, decepcionado, decepcionada, decepção, ' +
        'irritado, irritada, quebrado, quebrada, danificado, defeito, impossível, frustrante, reclamação, ' +
        'inútil',
    ],
    [
      -3,
      'péssimo, péssima, horrível, terrível, desastre, furioso, furiosa, vergonha, absurdo, inaceitável, ' +
        'golpe, pior',
    ],
  ]),
  ja: byMood([
    [3, '嬉しい, うれしい, 素晴らしい, 最高, 完璧'],
    [2, 'ありがとう, 感謝, 助かりました, 助かり, 満足, 便利, 丁寧, 迅速, 解決しました, 直りました, 気に入, 良い, 安心'],
    [-1, '遅れ, できません, 間違, エラー, 問題'],
    [
      -2,
      '残念, 困って, 困り, 不満, 壊れ, 破損, 遅い, 届かない, 届いていません, 動かない, 不具合, がっかり, 信じられない, 二度と, 使えない',
    ],
    [-3, '最悪, ひどい, 酷い, 怒り, 腹が立'],
  ]),
}

/** Words that turn the mood of what follows within three words. */
export const negations: Record<Exclude<Language, 'en'>, ReadonlySet<string>> = {
  de: words('nicht, kein, keine, keinen, keiner, keineswegs, ohne, kaum'),
  fr: words('pas, non, sans, aucun, aucune, ni'),
  es: words('no, sin, ni, tampoco'),
  pt: words('não, nem, sem, nenhum, nenhuma'),
  ja: words(''),
}

/** Frequent small words by which a text gives its language away; words that two of the languages share tell little. */
export const smallWords: Record<Exclude<Language, 'ja'>, ReadonlySet<string>> = {
  en: words(
    "the, and, is, it, you, my, was, this, that, have, for, with, not, to, are, i, i'm, your, of, can, " +
      'but, been, what, there, just, please, thanks',
  ),
  de: words(
    'der, die, das, und, ist, ich, nicht, sie, mir, meine, mein, ein, eine, mit, für, auf, wir, es, ' +
      'habe, noch, seit, aber, wie, bitte, von, zu, den, im, danke, sehr',
  ),
  fr: words(
    "le, les, et, est, je, vous, mon, ma, pas, pour, une, un, des, du, avec, ce, nous, mais, j'ai, " +
      "c'est, depuis, sur, votre, toujours, très, merci, bonjour, mes, ne",
  ),
  es: words(
    'el, los, las, y, es, mi, no, por, para, una, con, pero, del, muy, ya, hola, me, que, desde, mis, ' +
      'pedido, gracias, lo, está, tengo, su, al, cuando, han',
  ),
  pt: words(
    'o, os, é, eu, meu, minha, não, por, para, uma, um, com, mas, do, da, muito, já, olá, que, desde, ' +
      'obrigado, obrigada, vocês, está, na, no, ao, foi, meus',
  ),
}

/** Moods of emoji, for every language: VADER's port to JavaScript does not know them. */
export const moodEmoji: ReadonlyMap<string, number> = byMood([
  [3, '😍, 🥰, 🤩, 🥳, ❤'],
  [2, '😀, 😃, 😄, 😁, 😊, 😎, 🎉, 🙌, 👏, 👍, 💚, 💛, ✨, 🌟, ⭐, 🚀, 💯'],
  [1, '🙂, 💪, 🙏'],
  [-1, '😑, 😕, 😱'],
  [-2, '😤, 😞, 😔, 😢, 😭, 😩, 😫, 🙄, 😒, 👎, 🤦, 😟, 💔, 🤡'],
  [-3, '😡, 🤬, 😠'],
])

function byMood(groups: [number, string][]): ReadonlyMap<string, number> {
  return new Map(groups.flatMap(([mood, list]) => list.split(', ').map((word) => [word, mood] as const)))
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(', '))
}
