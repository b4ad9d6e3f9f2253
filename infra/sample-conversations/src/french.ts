import type { Phrasebook } from './phrasebook.ts'

export const french: Phrasebook = {
  greetings: ['Bonjour', 'Bonsoir', 'Bonjour à tous', 'Madame, Monsieur', ''],
  signatures: ['Cordialement', 'Bien à vous', 'Envoyé de mon téléphone', 'Commande {order}'],
  topics: {
    billing: {
      ask: [
        'À quoi correspond le montant de {amount} sur [ma dernière facture|la facture {invoice}] ?',
        'Pourriez-vous m’envoyer la facture {invoice} avec notre numéro de TVA ?',
      ],
      problems: [
        [
          'Vous avez prélevé {amount} deux fois et personne ne répond. C’est [inadmissible|scandaleux] !',
          'J’ai vérifié la facture {invoice} et remboursé {amount} ; comptez {days} jours ouvrés.',
        ],
        ['La facture {invoice} est encore fausse. J’en ai marre, c’est une erreur tous les mois.'],
      ],
      delight: ['Merci d’avoir corrigé ma facture aussi rapidement, service impeccable !'],
    },
    refund: {
      ask: [
        'Combien de temps prend le remboursement de la commande {order} ?',
        'Serai-je remboursé sur ma carte ou en bon d’achat ?',
      ],
      problems: [
        [
          'J’attends mon remboursement de {amount} depuis {days} jours. [C’est une arnaque !|Je suis furieux.|C’est honteux.]',
          'Le remboursement de {amount} est validé aujourd’hui ; la banque demande jusqu’à {days} jours.',
        ],
        ['Un bon d’achat à la place du remboursement ? Je suis très déçue.'],
      ],
      delight: ['Le remboursement est arrivé en {days} jours, sans aucune discussion. Merci, c’est parfait !'],
    },
    delivery: {
      ask: [
        'Où est mon colis ? La commande {order} devait arriver le {day}.',
        'Puis-je changer l’adresse de livraison de {order} ?',
      ],
      problems: [
        [
          'Ma livraison a {days} jours de retard et le livreur ment. [C’est inacceptable.|Quelle honte.|Je suis en colère.]',
          'Le colis est au dépôt et sera livré le {day} entre 9 h et 12 h.',
        ],
        [
          'Le colis est arrivé [ouvert|trempé] et {product} est cassé. Très décevant.',
          'Je vous renvoie le même aujourd’hui sans frais, gardez celui-ci.',
        ],
      ],
      delight: [
        'Commandé hier, livré ce matin. [Génial|Formidable|Super], merci beaucoup !',
        'Le livreur était très gentil et a tout monté au cinquième. Bravo !',
      ],
    },
    login: {
      ask: [
        'J’ai oublié mon mot de passe et le lien n’arrive pas.',
        'Comment puis-je transférer la connexion sur un nouveau téléphone ?',
      ],
      problems: [
        [
          'Mon compte est bloqué depuis {days} jours et le code n’arrive jamais. C’est très frustrant !',
          'J’ai débloqué le compte ; le nouveau lien est valable {minutes} minutes.',
        ],
        ['Impossible de me connecter depuis la mise à jour. C’est nul.'],
      ],
      delight: ['La connexion par clé est géniale, simple et rapide. Merci !'],
    },
    bug: {
      ask: ['L’application affiche l’erreur {error} sur {device}. Est-ce connu ?'],
      problems: [
        [
          'L’application plante à chaque ouverture, erreur {error}. C’est une catastrophe !',
          'Nous avons reproduit l’erreur {error} ; la correction sort le {day}.',
        ],
        ['Depuis la version {version} mes notes ont disparu. Je suis furieuse.'],
      ],
      delight: ['Le bogue est résolu depuis la version {version}. Bravo aux développeurs, c’est parfait !'],
    },
    cancellation: {
      ask: [
        'Je souhaite résilier mon abonnement {plan} à la fin du mois.',
        'Puis-je encore annuler la commande {order} ?',
      ],
      problems: [
        [
          'J’ai résilié il y a {days} semaines et vous prélevez toujours. C’est une arnaque !',
          'Votre abonnement est résilié au {day}, plus rien ne sera prélevé.',
        ],
        ['Le bouton pour résilier ne marche pas, comme par hasard. Honteux.'],
      ],
      delight: ['Résiliation en deux clics et une réponse très aimable. Merci, je reviendrai !'],
    },
    product_quality: {
      ask: ['Il manque une vis pour {product}. Pouvez-vous en envoyer une ?'],
      problems: [
        [
          'Au bout de {days} jours, {product} est cassé. Mauvaise qualité pour {amount} !',
          'C’est couvert par la garantie, le remplacement part aujourd’hui.',
        ],
        ['Deuxième fois que {product} arrive abîmé. Je suis très déçu.'],
      ],
      delight: ['J’utilise {product} tous les jours, la qualité est excellente. Je recommande !'],
    },
    how_to: {
      ask: ['Comment faire pour exporter {feature} ?', 'Où puis-je changer la langue pour {feature} ?'],
      problems: [
        [
          'Une heure pour trouver comment partager {feature}. L’aide est inutile, c’est pénible.',
          'Ouvrez les paramètres, puis Espace de travail ; c’est tout en bas.',
        ],
      ],
      delight: ['Le nouveau guide pour {feature} est super utile, merci !'],
    },
    praise: {
      ask: ['Où puis-je laisser un avis sur {product} ?'],
      problems: [
        [
          'Vous réclamez cinq étoiles avant même que {product} soit arrivé. C’est pénible.',
          'Vous avez raison. Désormais nous demanderons après la livraison.',
        ],
      ],
      delight: ['Bravo à toute l’équipe, un service client formidable, je suis ravie et je recommande !'],
    },
  },
  vents: [
    'Je suis cliente depuis des années et voilà comment on me traite.',
    'Je n’ai jamais vu ça.',
    'Sans solution vendredi, je pars.',
  ],
  sarcasm: ['Ah super, il ne manquait plus que ça aujourd’hui.', 'Félicitations, difficile de faire pire.'],
  agentGreetings: ['Bonjour et merci de votre message.', 'Bonjour, je m’en occupe.', 'Je suis navrée de l’apprendre.'],
  however: ['Voilà pour le bon côté.', 'Cela dit :', 'Malheureusement, ce n’est pas tout.'],
  asides: ['Au fait :', 'Encore une question.', 'Autre chose :'],
  answers: [
    'C’est fait ; les étapes sont dans votre messagerie.',
    'Oui, c’est possible. Rechargez la page une fois.',
    'J’ai vérifié, vous aurez une confirmation avant le {day}.',
    'C’est dans les paramètres, je joins un petit guide.',
  ],
  remedies: [
    'C’est corrigé et je le surveille moi-même.',
    'Cela n’aurait pas dû arriver. J’ai corrigé et je vous crédite {amount}.',
  ],
  acknowledgements: [
    'Merci pour ce gentil message, je le transmets à toute l’équipe.',
    'Quel plaisir de vous lire !',
    'Vous avez fait rougir quelqu’un, merci.',
  ],
  inquiries: [
    ['Pouvez-vous m’envoyer le numéro de commande ?', 'C’est la commande {order}.'],
    ['Sur quel appareil, avec quelle version ?', 'Version {version}, sur {device}.'],
    ['Depuis quand ?', 'Depuis le {day}, donc {days} jours.'],
    ['Auriez-vous une capture d’écran ?', 'La voici. On y lit aussi {error}.'],
    ['Il me faut votre code postal.', '{digits}0, référence {invoice}.'],
  ],
  updates: [
    [
      'J’ai transmis au service concerné, réponse avant le {day}.',
      'Merci, j’attends jusque-là.',
      'Avant le {day} ? Cela fait déjà {days} jours !',
    ],
    ['Un point rapide : mes collègues vérifient encore.', 'Pas de souci.', 'Toujours rien. C’est une plaisanterie ?'],
    [
      'Pourriez-vous réessayer après un redémarrage ?',
      'Après le redémarrage, c’est pareil.',
      'Je l’ai déjà fait deux fois. Lisez, s’il vous plaît.',
    ],
    [
      'J’ai repris le dossier et tout relu.',
      'D’accord, rien de nouveau de mon côté.',
      'Encore un autre conseiller. C’est frustrant.',
    ],
    ['La cause est trouvée, j’attends une confirmation.', 'C’est noté.', 'Je suis vraiment déçue de cette lenteur.'],
    ['Ce lien montre l’avancement.', 'Le lien s’ouvre, merci.', 'Le lien ne marche pas. Évidemment.'],
  ],
  reactions: {
    positive: [
      'Ça marche, [merci beaucoup|un grand merci] !',
      'Parfait, merci pour votre aide rapide !',
      'Super, je suis très satisfait.',
    ],
    neutral: ['D’accord, je vais essayer.', 'C’est noté.', 'Entendu, j’attends donc.'],
    negative: [
      'Cela ne m’aide pas du tout. [Très décevant.|Je suis en colère.]',
      'C’est une mauvaise plaisanterie, je suis furieux.',
      'Non, c’est inacceptable.',
    ],
  },
  agentClosings: [
    'Avec plaisir. Puis-je faire autre chose ?',
    'Je garde un œil dessus et vous écris.',
    'Bonne journée à vous.',
  ],
  farewells: {
    positive: ['Non, tout est parfait. Merci et bonne journée !', 'C’est tout, merci beaucoup !'],
    neutral: ['Non, c’est tout.', 'D’accord, au revoir.'],
    negative: ['On verra. Je suis déçu.', 'C’était mon dernier achat, mauvais service.'],
  },
  slots: {
    amount: ['9,99 €', '24,50 €', '79 €', '129,00 €', '310 €'],
    product: ['le grille-pain', 'le sac à dos', 'le fauteuil', 'le casque', 'le mixeur', 'le clavier'],
    color: ['bleu', 'noir', 'vert'],
    plan: ['Plus', 'Équipe', 'Pro'],
    feature: ['le rapport', 'le calendrier', 'le modèle', 'le formulaire'],
    device: ['mon téléphone', 'la tablette', 'mon portable'],
    browser: ['un autre navigateur'],
    relative: ['mère', 'patron'],
    month: ['mars', 'juin'],
  },
  emoji: {
    positive: ['😊', '👍', '🎉'],
    neutral: ['🙂', ''],
    negative: ['😡', '🙄', '👎'],
  },
}
