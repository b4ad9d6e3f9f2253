import type { Phrasebook } from './phrasebook.ts'

export const portuguese: Phrasebook = {
  greetings: ['Olá', 'Bom dia', 'Boa tarde', 'Oi, pessoal', ''],
  signatures: ['Atenciosamente', 'Abraços', 'Enviado do meu celular', 'Pedido {order}'],
  topics: {
    billing: {
      ask: [
        'O que é a cobrança de {amount} na [última fatura|fatura {invoice}]?',
        'Preciso da fatura {invoice} com os dados da empresa.',
      ],
      problems: [
        [
          'Vocês cobraram {amount} duas vezes e ninguém responde. [Um absurdo|Inaceptável]!',
          'Verifiquei a fatura {invoice} e devolvi {amount}; leva uns {days} dias úteis.',
        ],
        ['A fatura {invoice} veio errada de novo. Estou muito irritada.'],
      ],
      delight: ['Obrigada por corrigir a fatura tão rápido. Excelente atendimento!'],
    },
    refund: {
      ask: ['Quanto tempo leva o reembolso do pedido {order}?'],
      problems: [
        [
          'Espero há {days} dias pelo estorno de {amount}. [É um golpe!|Estou furioso.|Que vergonha.]',
          'O estorno de {amount} foi aprovado hoje; o banco leva até {days} dias.',
        ],
      ],
      delight: ['O reembolso chegou em {days} dias, sem perguntas. Muito obrigado, perfeito!'],
    },
    delivery: {
      ask: [
        'Onde está a minha encomenda? O pedido {order} devia chegar no dia {day}.',
        'Posso mudar o endereço de entrega de {order}?',
      ],
      problems: [
        [
          'A entrega está {days} dias atrasada e o rastreio não muda. [Péssimo|Um desastre|Inaceitável]!',
          'A encomenda está no depósito e será entregue no dia {day} entre 9h e 12h.',
        ],
        [
          'A encomenda chegou [aberta|molhada] e {product} veio quebrado. Muito ruim.',
          'Hoje mando outro sem custo; pode ficar com o danificado.',
        ],
      ],
      delight: ['Pedi ontem e chegou hoje de manhã. [Ótimo|Maravilhoso|Fantástico], obrigada!'],
    },
    login: {
      ask: ['Esqueci a senha e o e-mail não chega.'],
      problems: [
        [
          'A minha conta está bloqueada há {days} dias e o código nunca chega. Que frustrante!',
          'Desbloqueei a conta; o link vale {minutes} minutos.',
        ],
      ],
      delight: ['Entrar com a chave é ótimo, muito rápido. Obrigado!'],
    },
    bug: {
      ask: ['O aplicativo mostra o erro {error} em {device}. Já é conhecido?'],
      problems: [
        [
          'O aplicativo trava toda hora, erro {error}. É um desastre!',
          'Conseguimos repetir o erro {error}; a correção sai no dia {day}.',
        ],
        ['Depois da versão {version} as minhas notas sumiram. Estou furiosa.'],
      ],
      delight: ['O erro foi resolvido na versão {version}. Parabéns, excelente trabalho!'],
    },
    cancellation: {
      ask: ['Quero o cancelamento do plano {plan} no fim do mês, por favor.'],
      problems: [
        [
          'Pedi o cancelamento há {days} semanas e vocês continuam cobrando. É um absurdo!',
          'O plano termina no dia {day}; não haverá mais cobrança.',
        ],
      ],
      delight: ['Cancelamento em dois cliques e resposta muito simpática. Obrigada!'],
    },
    product_quality: {
      ask: ['Falta um parafuso para {product}. Podem mandar um?'],
      problems: [
        [
          'Depois de {days} dias {product} está com defeito. Péssima qualidade por {amount}!',
          'A garantia cobre; a troca sai hoje.',
        ],
      ],
      delight: ['Uso {product} todos os dias e a qualidade é excelente. Adorei!'],
    },
    how_to: {
      ask: ['Como faço para exportar o {feature}?', 'Onde encontro o idioma do {feature}?'],
      problems: [
        [
          'Uma hora para achar como compartilhar o {feature}. A ajuda é inútil, muito frustrante.',
          'Abra as configurações e depois Espaço de trabalho; fica no fim.',
        ],
      ],
      delight: ['O novo guia do {feature} é muito útil, obrigado!'],
    },
    praise: {
      ask: ['Onde deixo uma avaliação sobre {product}?'],
      problems: [
        [
          'Vocês pedem cinco estrelas antes de {product} chegar. Que vergonha.',
          'Tem razão. Agora só perguntamos depois da entrega.',
        ],
      ],
      delight: ['Parabéns a toda a equipe, o melhor atendimento que já tive. Adorei!'],
    },
  },
  vents: ['Sou cliente há anos e é assim que me tratam.', 'Nunca vi nada igual.'],
  sarcasm: ['Que ótimo, era só o que me faltava hoje.'],
  agentGreetings: ['Olá e obrigada pelo contato.', 'Bom dia, vou cuidar disso.', 'Sinto muito por isso.'],
  however: ['Esse é o lado bom.', 'Mas há outro lado.', 'Infelizmente não é tudo.'],
  asides: ['Aliás:', 'Mais uma pergunta.'],
  answers: [
    'Está feito; os passos estão no seu e-mail.',
    'Sim, é possível. Recarregue a página uma vez.',
    'Verifiquei; a confirmação chega até o dia {day}.',
  ],
  remedies: ['Corrigi e vou acompanhar de perto.', 'Isso não devia acontecer. Está corrigido e devolvo {amount}.'],
  acknowledgements: ['Muito obrigada pelas palavras, vou passar a todos.', 'Que alegria ler isso!'],
  inquiries: [
    ['Pode me enviar o número do pedido?', 'É o pedido {order}.'],
    ['Em qual aparelho e versão?', 'Versão {version}, em {device}.'],
    ['Desde quando acontece?', 'Desde o dia {day}, há {days} dias.'],
  ],
  updates: [
    [
      'Passei para o setor responsável e respondo até o dia {day}.',
      'Certo, eu aguardo.',
      'Até o dia {day}? Já são {days} dias!',
    ],
    ['Os colegas ainda estão verificando.', 'Sem pressa.', 'Continuo sem resposta. Um absurdo.'],
    [
      'Pode tentar de novo depois de reiniciar?',
      'Depois de reiniciar está igual.',
      'Já fiz isso duas vezes. Leiam, por favor.',
    ],
    ['Achamos a causa, falta uma confirmação.', 'Entendi.', 'Estou muito decepcionado com a demora.'],
  ],
  reactions: {
    positive: ['Voltou a funcionar, [muito obrigada|muito obrigado]!', 'Perfeito, obrigada pela ajuda tão rápida!'],
    neutral: ['Certo, vou tentar.', 'Entendi.', 'Está bem, eu aguardo.'],
    negative: ['Isso não me ajuda em nada. [Péssimo.|Estou irritado.]', 'Não, é inaceitável.'],
  },
  agentClosings: ['De nada. Posso ajudar em mais alguma coisa?', 'Vou acompanhar e escrevo.', 'Tenha um bom dia.'],
  farewells: {
    positive: ['Não, está tudo perfeito. Obrigado e bom dia!'],
    neutral: ['Não, era só isso.', 'Certo, até mais.'],
    negative: ['Vamos ver. Estou decepcionada.', 'Foi a minha última compra, péssimo serviço.'],
  },
  slots: {
    amount: ['R$ 49,90', 'R$ 129', '24,50 €', '79 €'],
    product: ['o liquidificador', 'o ventilador', 'o abajur', 'o teclado'],
    color: ['azul', 'preto'],
    plan: ['Plus', 'Equipe'],
    feature: ['relatório', 'calendário', 'modelo'],
    device: ['meu celular', 'um tablet', 'meu notebook'],
    browser: ['outro navegador'],
    relative: ['mãe', 'chefe'],
    month: ['março', 'junho'],
  },
  emoji: {
    positive: ['😊', '👏', '🎉'],
    neutral: ['🙂', ''],
    negative: ['😡', '🙄', '👎'],
  },
}
