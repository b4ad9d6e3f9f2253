import type { Phrasebook } from './phrasebook.ts'

export const spanish: Phrasebook = {
  greetings: ['Hola', 'Buenos días', 'Buenas tardes', 'Hola, equipo', ''],
  signatures: ['Saludos', 'Un saludo', 'Enviado desde mi móvil', 'Pedido {order}'],
  topics: {
    billing: {
      ask: [
        '¿A qué corresponde el cargo de {amount} en [mi última factura|la factura {invoice}]?',
        'Necesito la factura {invoice} con nuestros datos fiscales.',
      ],
      problems: [
        [
          'Me habéis cobrado {amount} dos veces y nadie responde. ¡[Inaceptable|Qué vergüenza]!',
          'He revisado la factura {invoice} y devuelto {amount}; tarda unos {days} días hábiles.',
        ],
        ['La factura {invoice} está mal otra vez. Estoy muy harta de tantos errores.'],
      ],
      delight: ['Gracias por corregir la factura tan rápido. ¡Excelente servicio!'],
    },
    refund: {
      ask: ['¿Cuánto tarda el reembolso del pedido {order}?', '¿El reembolso es en la tarjeta o en un vale?'],
      problems: [
        [
          'Llevo {days} días esperando mi reembolso de {amount}. [¡Es una estafa!|Estoy furiosa.|Es una vergüenza.]',
          'El reembolso de {amount} está aprobado; el banco tarda hasta {days} días.',
        ],
        ['Un vale en lugar del reembolso. Estoy muy decepcionado.'],
      ],
      delight: ['El reembolso llegó en {days} días, sin preguntas. ¡Muchas gracias, perfecto!'],
    },
    delivery: {
      ask: [
        '¿Dónde está mi paquete? El pedido {order} tenía que llegar el día {day}.',
        '¿Puedo cambiar la dirección de entrega de {order}?',
      ],
      problems: [
        [
          'La entrega lleva {days} días de retraso y el repartidor miente. ¡[Un desastre|Inaceptable|Pésimo]!',
          'El paquete está en el almacén y se entrega el día {day} entre las 9 y las 12.',
        ],
        [
          'El paquete llegó [abierto|mojado] y {product} está roto. Muy mal.',
          'Hoy mando otro sin coste; puede quedarse con el dañado.',
        ],
      ],
      delight: [
        'Pedido ayer, entregado esta mañana. ¡[Genial|Estupendo|Fantástico], gracias!',
        'El repartidor fue muy amable y lo subió todo. ¡Enhorabuena!',
      ],
    },
    login: {
      ask: ['He olvidado la contraseña y el correo no llega.', '¿Cómo puedo iniciar sesión desde un móvil nuevo?'],
      problems: [
        [
          'Mi cuenta está bloqueada desde hace {days} días y el código nunca llega. ¡Qué frustrante!',
          'He desbloqueado la cuenta; el enlace vale {minutes} minutos.',
        ],
        ['No puedo iniciar sesión desde la actualización. Es horrible.'],
      ],
      delight: ['Entrar con la llave es genial, muy rápido. ¡Gracias!'],
    },
    bug: {
      ask: ['La aplicación muestra el error {error} en {device}. ¿Es conocido?'],
      problems: [
        [
          'La aplicación se cierra cada vez, error {error}. ¡Es un desastre!',
          'Hemos reproducido el error {error}; la corrección sale el día {day}.',
        ],
        ['Desde la versión {version} han desaparecido mis notas. Estoy furioso.'],
      ],
      delight: ['El fallo está resuelto desde la versión {version}. ¡Excelente trabajo, gracias!'],
    },
    cancellation: {
      ask: ['Quiero cancelar mi plan {plan} a final de mes, por favor.', '¿Puedo cancelar todavía el pedido {order}?'],
      problems: [
        [
          'Cancelé hace {days} semanas y me seguís cobrando. ¡Es una estafa!',
          'El plan queda cancelado el día {day}; no habrá más cobros.',
        ],
        ['El botón para darme de baja no funciona, qué casualidad. Una vergüenza.'],
      ],
      delight: ['Cancelación en dos clics y con una respuesta muy amable. ¡Gracias!'],
    },
    product_quality: {
      ask: ['Falta un tornillo para {product}. ¿Me podéis mandar uno?'],
      problems: [
        [
          'A los {days} días {product} está roto. ¡Pésima calidad por {amount}!',
          'Lo cubre la garantía; el recambio sale hoy.',
        ],
        ['Segunda vez que {product} llega dañado. Muy decepcionada.'],
      ],
      delight: ['Uso {product} todos los días y la calidad es excelente. ¡Encantada!'],
    },
    how_to: {
      ask: ['¿Cómo puedo exportar {feature}?', '¿Dónde puedo cambiar el idioma de {feature}?'],
      problems: [
        [
          'Una hora para encontrar cómo compartir {feature}. La ayuda es inútil, muy frustrante.',
          'Abra los ajustes y luego Espacio de trabajo; está al final.',
        ],
      ],
      delight: ['La nueva guía de {feature} es muy útil, ¡gracias!'],
    },
    praise: {
      ask: ['¿Dónde puedo dejar una opinión sobre {product}?'],
      problems: [
        [
          'Pedís cinco estrellas antes de que llegue {product}. Es una vergüenza.',
          'Tiene razón. A partir de ahora preguntamos después de la entrega.',
        ],
      ],
      delight: ['¡Enhorabuena a todo el equipo! Estoy encantado con la atención al cliente, la mejor.'],
    },
  },
  vents: [
    'Soy cliente desde hace años y así me tratáis.',
    'Nunca había visto algo igual.',
    'Si no se arregla el viernes, me voy.',
  ],
  sarcasm: ['Qué bien, justo lo que me faltaba hoy.', 'Felicidades, peor no se puede hacer.'],
  agentGreetings: ['Hola y gracias por escribirnos.', 'Buenos días, me ocupo de ello.', 'Siento mucho lo ocurrido.'],
  however: ['Esa es la parte buena.', 'Eso sí:', 'Por desgracia no es todo.'],
  asides: ['Por cierto:', 'Una pregunta más.', 'Otra cosa:'],
  answers: [
    'Ya está hecho; los pasos están en su correo.',
    'Sí, es posible. Recargue la página una vez.',
    'Lo he revisado; recibirá la confirmación antes del día {day}.',
    'Está en los ajustes; le adjunto una guía corta.',
  ],
  remedies: ['Lo he corregido y lo vigilo yo misma.', 'No debería haber pasado. Está corregido y le abono {amount}.'],
  acknowledgements: [
    'Muchas gracias por sus palabras, se las paso a todos.',
    '¡Qué alegría leerlo!',
    'Alguien se ha puesto rojo, gracias.',
  ],
  inquiries: [
    ['¿Me puede enviar el número de pedido?', 'Es el pedido {order}.'],
    ['¿En qué dispositivo y con qué versión?', 'Versión {version}, en {device}.'],
    ['¿Desde cuándo ocurre?', 'Desde el día {day}, hace {days} días.'],
    ['¿Tiene una captura?', 'Aquí está. También dice {error}.'],
    ['Necesito su código postal.', '{digits}0, referencia {invoice}.'],
  ],
  updates: [
    [
      'Lo he pasado al departamento y respondo antes del día {day}.',
      'De acuerdo, espero.',
      '¿Antes del día {day}? ¡Ya van {days} días!',
    ],
    ['Mis compañeros siguen comprobándolo.', 'Sin prisa.', 'Sigo sin nada. Es una broma.'],
    [
      '¿Puede probar otra vez tras reiniciar?',
      'Después de reiniciar sigue igual.',
      'Ya lo hice dos veces. Leed, por favor.',
    ],
    ['He leído todo el caso y lo llevo yo.', 'Vale, nada nuevo por mi parte.', 'Otro agente más. Qué frustrante.'],
    ['Tenemos la causa, falta una confirmación.', 'Entendido.', 'Estoy muy decepcionada con lo lento que va todo.'],
    ['En este enlace puede ver el avance.', 'El enlace se abre.', 'El enlace no funciona. Cómo no.'],
  ],
  reactions: {
    positive: [
      '¡Ya funciona, [muchas gracias|mil gracias]!',
      '¡Perfecto, gracias por la ayuda tan rápida!',
      'Estupendo, estoy muy contenta.',
    ],
    neutral: ['De acuerdo, lo probaré.', 'Entendido.', 'Vale, espero entonces.'],
    negative: [
      'Eso no me ayuda nada. [Muy mal.|Estoy enfadado.]',
      'Es una broma de mal gusto, estoy furiosa.',
      'No, es inaceptable.',
    ],
  },
  agentClosings: ['De nada. ¿Puedo ayudar en algo más?', 'Lo vigilo y le escribo.', 'Que tenga un buen día.'],
  farewells: {
    positive: ['No, todo perfecto. ¡Gracias y buen día!', '¡Eso es todo, muchas gracias!'],
    neutral: ['No, eso era todo.', 'Vale, adiós.'],
    negative: ['Ya veremos. Estoy decepcionado.', 'Fue mi última compra, mal servicio.'],
  },
  slots: {
    amount: ['9,99 €', '24,50 €', '79 €', '1.290 pesos', '310 €'],
    product: ['el hervidor', 'el ventilador', 'el bolso', 'el sillón', 'el casco', 'el teclado'],
    color: ['azul', 'negro', 'verde'],
    plan: ['Plus', 'Equipo', 'Empresa'],
    feature: ['la plantilla', 'la agenda', 'la lista', 'la encuesta'],
    device: ['mi móvil', 'la tableta', 'el portátil'],
    browser: ['otro navegador'],
    relative: ['madre', 'jefe'],
    month: ['marzo', 'junio'],
  },
  emoji: {
    positive: ['😊', '👍', '🎉'],
    neutral: ['🙂', ''],
    negative: ['😡', '🙄', '👎'],
  },
}
