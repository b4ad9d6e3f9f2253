import type { Phrasebook } from './phrasebook.ts'

export const german: Phrasebook = {
  greetings: ['Hallo', 'Guten Tag', 'Moin', 'Hallo zusammen', 'Sehr geehrtes Team', ''],
  signatures: ['Viele Grüße', 'Mit freundlichen Grüßen', 'Gesendet vom Handy', 'Beste Grüße, Bestellung {order}'],
  topics: {
    billing: {
      ask: [
        'Wofür ist der Betrag von {amount} auf [der letzten Rechnung|Rechnung {invoice}]?',
        'Ich brauche Rechnung {invoice} [noch einmal |]als PDF mit unserer USt-Nummer.',
      ],
      problems: [
        [
          'Sie haben mir {amount} doppelt abgebucht und [niemand antwortet|keiner ist zuständig]. Eine Frechheit!',
          'Ich habe die Rechnung {invoice} geprüft und {amount} gutgeschrieben. Das Geld ist in {days} Werktagen da.',
        ],
        [
          'Die Rechnung {invoice} ist schon wieder falsch. Das ist [inakzeptabel|unverschämt], ich bin wirklich sauer.',
          'Die korrigierte Rechnung ist unterwegs.',
        ],
      ],
      delight: [
        'Danke, dass die Rechnung so schnell korrigiert wurde. Toller Service!',
        'Die neue Lastschrift klappt einwandfrei, [prima|super gemacht]!',
      ],
    },
    refund: {
      ask: [
        'Wie lange dauert die Erstattung für Bestellung {order}?',
        'Bekomme ich die {amount} auf die Karte zurück oder als Gutschein?',
      ],
      problems: [
        [
          'Seit {days} Tagen warte ich auf mein Geld zurück. [Das ist Betrug!|Ich bin wütend.|Eine Zumutung.]',
          'Die Erstattung über {amount} ist heute freigegeben worden; die Bank braucht bis zu {days} Tage.',
        ],
        ['Statt der Erstattung kam ein Gutschein. Sehr enttäuschend, das habe ich nie gewollt.'],
      ],
      delight: ['Die Erstattung war nach {days} Tagen da, ohne Diskussion. Vielen Dank, hervorragend!'],
    },
    delivery: {
      ask: [
        'Wo ist mein Paket? Bestellung {order} sollte am {day}. kommen.',
        'Kann ich die Lieferadresse für {order} noch ändern[, am besten an eine Packstation|]?',
      ],
      problems: [
        [
          'Die Lieferung ist seit {days} Tagen verspätet und der Bote behauptet, ich sei nicht da gewesen. Unmöglich!',
          'Das Paket liegt im Depot und wird am {day}. zwischen 9 und 12 Uhr zugestellt.',
        ],
        [
          'Das Paket lag [im Regen|offen im Hausflur], Inhalt ({product}) kaputt. Ich bin sehr enttäuscht.',
          'Ich schicke heute kostenlos Ersatz, das beschädigte Stück können Sie behalten.',
        ],
      ],
      delight: [
        'Gestern bestellt, heute geliefert. [Großartig|Klasse|Spitze], danke!',
        'Der Paketbote war so freundlich und hat [alles|das schwere Paket] bis nach oben getragen. Großes Lob!',
      ],
    },
    login: {
      ask: [
        'Ich habe mein Passwort vergessen und die Mail zum Zurücksetzen kommt nicht an.',
        'Wie kann ich die Anmeldung auf ein neues Handy umziehen?',
      ],
      problems: [
        [
          'Mein Konto ist seit {days} Tagen gesperrt und der Code kommt nie an. Ich bin so genervt!',
          'Ich habe das Konto entsperrt; der neue Link gilt {minutes} Minuten.',
        ],
        ['Nach jedem Update muss ich mich neu einloggen. Das nervt furchtbar.'],
      ],
      delight: ['Die Anmeldung mit dem Schlüssel klappt wunderbar, einfach und schnell. Danke!'],
    },
    bug: {
      ask: [
        'Die App zeigt auf {device} die Fehlermeldung {error}. Ist das bekannt?',
        'In Version {version} ist der Export leer. Können Sie das prüfen?',
      ],
      problems: [
        [
          'Die App stürzt bei jedem Start ab, Fehler {error}. Das ist eine Katastrophe!',
          'Wir konnten den Absturz nachstellen, die Korrektur kommt am {day}. mit dem nächsten Update.',
        ],
        ['Nach dem Update auf {version} sind meine Notizen weg. Ich bin wütend und enttäuscht.'],
      ],
      delight: ['Der Fehler ist seit {version} gelöst. Toll, dass Sie so schnell geholfen haben!'],
    },
    cancellation: {
      ask: [
        'Hiermit kündige ich meinen Tarif {plan} zum nächstmöglichen Termin. Bitte um Bestätigung.',
        'Kann ich Bestellung {order} noch stornieren?',
      ],
      problems: [
        [
          'Ich habe vor {days} Wochen gekündigt und Sie buchen weiter ab. Das ist Abzocke!',
          'Die Kündigung ist zum {day}. vorgemerkt, danach wird nichts mehr abgebucht.',
        ],
        ['Ihr Kündigungsknopf funktioniert nicht, wohl rein zufällig. Unverschämtheit.'],
      ],
      delight: ['Die Kündigung ging mit zwei Klicks und die Antwort war sehr freundlich. Danke, gerne wieder!'],
    },
    product_quality: {
      ask: ['Artikel {product}: Es fehlt eine Schraube. Können Sie eine nachschicken?'],
      problems: [
        [
          'Nach {days} Tagen kaputt: {product}. Miese Qualität für {amount}!',
          'Das ist ein Fall für die Garantie, der Ersatz geht heute raus.',
        ],
        ['Schon das zweite Mal beschädigt angekommen: {product}. Ich bin sehr enttäuscht.'],
      ],
      delight: ['{product}: jeden Tag in Benutzung und ich bin begeistert von der Qualität. Perfekt!'],
    },
    how_to: {
      ask: [
        'Wo finde ich die Einstellung für {feature}?',
        'Wie kann ich {feature} exportieren[ und mit Kollegen teilen|]?',
      ],
      problems: [
        [
          'Ich suche seit einer Stunde, wie man {feature} teilt. Die Hilfe ist nutzlos und nervt.',
          'Bitte öffnen Sie die Einstellungen, dann Arbeitsbereich; dort steht es ganz unten.',
        ],
      ],
      delight: ['Die neue Anleitung für {feature} ist super, danke, das hat sofort geklappt!'],
    },
    praise: {
      ask: ['Wo kann ich eine Bewertung abgeben? Es geht um Artikel {product}.'],
      problems: [
        [
          'Sie betteln um fünf Sterne, bevor die Ware überhaupt da ist. Das nervt.',
          'Da haben Sie recht. Künftig fragen wir erst nach der Lieferung.',
        ],
      ],
      delight: ['Ein großes Lob an das ganze Team: freundlich, schnell, hervorragend. Ich empfehle Sie gerne weiter!'],
    },
  },
  vents: [
    'Ich bin seit Jahren Kunde und so werde ich behandelt?',
    'So etwas habe ich noch nie erlebt.',
    'Wenn das bis Freitag nicht gelöst ist, gehe ich zum Anwalt.',
  ],
  sarcasm: ['Na großartig, genau das hat mir heute gefehlt.', 'Herzlichen Glückwunsch, noch schlechter geht es kaum.'],
  agentGreetings: ['Guten Tag und danke für Ihre Nachricht.', 'Hallo, ich kümmere mich darum.', 'Das tut mir leid.'],
  however: ['Das ist die eine Seite.', 'Allerdings:', 'Leider ist das nicht alles.'],
  asides: ['Übrigens:', 'Eine Frage noch.', 'Noch etwas:'],
  answers: [
    'Das habe ich für Sie eingerichtet; die Schritte stehen in der Mail.',
    'Ja, das geht. Bitte laden Sie die Seite einmal neu.',
    'Ich habe es geprüft, Sie bekommen bis zum {day}. eine Bestätigung.',
    'Das finden Sie in den Einstellungen, eine kurze Anleitung hängt an.',
  ],
  remedies: [
    'Ich habe es in Ordnung gebracht und behalte es selbst im Auge.',
    'Das hätte nicht passieren dürfen. Es ist jetzt korrigiert, und Sie bekommen {amount} gutgeschrieben.',
  ],
  acknowledgements: [
    'Vielen Dank für die lieben Worte, ich gebe sie an alle weiter.',
    'Wie schön, das zu lesen!',
    'Da hat sich jemand sehr gefreut, danke.',
  ],
  inquiries: [
    ['Können Sie mir bitte die Bestellnummer schicken?', 'Die Bestellnummer ist {order}.'],
    ['Mit welchem Gerät und welcher Version?', 'Version {version} auf {device}.'],
    ['Seit wann tritt das auf?', 'Seit dem {day}., also seit {days} Tagen.'],
    ['Haben Sie einen Screenshot für mich?', 'Hängt an. Da steht auch {error}.'],
    ['Ich brauche noch Ihre Postleitzahl.', '{digits}0, Kundennummer {invoice}.'],
  ],
  updates: [
    [
      'Ich habe es an die Fachabteilung gegeben und melde mich bis zum {day}.',
      'Danke, ich warte so lange.',
      'Bis zum {day}.? Das dauert schon {days} Tage!',
    ],
    ['Kurzer Zwischenstand: Die Kollegen prüfen noch.', 'Kein Problem.', 'Immer noch nichts. Das ist doch ein Witz.'],
    [
      'Könnten Sie es bitte noch einmal nach einem Neustart versuchen?',
      'Nach dem Neustart sieht es genauso aus.',
      'Das habe ich schon zweimal gemacht. Bitte lesen Sie doch.',
    ],
    [
      'Ich habe den Fall übernommen und alles gelesen.',
      'Gut, von mir gibt es nichts Neues.',
      'Schon wieder ein anderer Mitarbeiter. Das ist frustrierend.',
    ],
    [
      'Die Ursache ist gefunden, es fehlt noch eine Bestätigung.',
      'Verstanden.',
      'Ich bin wirklich enttäuscht, wie lange das dauert.',
    ],
    ['Unter diesem Link sehen Sie den Stand.', 'Der Link geht, danke.', 'Der Link geht nicht. Natürlich.'],
  ],
  reactions: {
    positive: [
      'Das hat geklappt, [vielen Dank|tausend Dank]!',
      'Perfekt, danke für die schnelle Hilfe!',
      'Wunderbar, ich bin sehr zufrieden.',
    ],
    neutral: ['In Ordnung, ich probiere es aus.', 'Verstanden.', 'Okay, dann warte ich ab.'],
    negative: [
      'Das hilft mir leider gar nicht. [Sehr ärgerlich.|Ich bin enttäuscht.]',
      'Das ist doch ein schlechter Witz. Ich bin wütend.',
      'Nein, das ist inakzeptabel.',
    ],
  },
  agentClosings: [
    'Gerne. Kann ich sonst noch etwas tun?',
    'Ich behalte es im Auge und melde mich.',
    'Einen schönen Tag noch.',
  ],
  farewells: {
    positive: ['Nein, alles gut. Danke und schönen Tag!', 'Das war alles, vielen Dank!'],
    neutral: ['Nein, das war alles.', 'Okay, bis dann.'],
    negative: ['Wir werden sehen. Ich bin enttäuscht.', 'Das war mein letzter Einkauf, schlechter Service.'],
  },
  slots: {
    amount: ['9,99 €', '24,50 €', '79 €', '129,00 €', '310 €'],
    product: ['Wasserkocher', 'Schreibtischlampe', 'Rucksack', 'Zelt', 'Bürostuhl', 'Fahrradlicht'],
    color: ['blau', 'schwarz', 'grün'],
    plan: ['Plus', 'Team', 'Business'],
    feature: ['den Bericht', 'den Kalender', 'die Vorlage', 'das Formular'],
    device: ['meinem Handy', 'dem Tablet', 'dem Laptop'],
    browser: ['einem anderen Browser'],
    relative: ['Mutter', 'Chefin'],
    month: ['März', 'Juni'],
  },
  emoji: {
    positive: ['😊', '👍', '🎉'],
    neutral: ['🙂', ''],
    negative: ['😡', '🙄', '👎'],
  },
}
