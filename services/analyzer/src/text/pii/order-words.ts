/**
 * Words for things that carry a number, in the languages that support desks write. A new language is a line in each
 * table. All expressions look at a short piece of text and are anchored at the number, so that they cost the same
 * wherever it stands.
 */

/** They name the thing: a long number right behind them is its number. */
const THINGS = [
  'orders?|purchase order|invoices?|tickets?|tracking|bookings?|reservations?|rma|waybill|awb',
  'bestellung(?:en)?|auftrag|aufträge|rechnung(?:en)?|sendung(?:en)?|buchung|reservierung|vorgang',
  'commandes?|factures?|colis|réservation|suivi',
  'pedidos?|facturas?|reserva|envío|encomenda|fatura|rastreio|seguimiento',
  'ordin[ei]|fattur[ae]|prenotazione|spedizione',
  'bestelling(?:en)?|facturen|factuur|zending|boeking',
  'beställning|faktura|bokning|bestilling|tilaus|lasku|ordre',
  'zamówieni[ea]|faktur[ay]|przesyłk[ai]|objednávk[ay]|zásilk[ay]|comanda|rendelés|számla',
  'sipariş|fatura|kargo|pesanan|đơn hàng',
  'заказ[аеу]?|счёт|счет|накладная|отправление|замовлення|παραγγελία|παραγγελίας|τιμολόγιο',
].join('|')

/** They name it only together with a word for number: customers and contracts are counted too. */
const HOLDERS = [
  'customer|client|account|acct|user|member(?:ship)?|contract|policy|case|claim|reference|ref|confirmation|delivery|shipment|parcel|package|consignment|transaction|payment|receipt|return|subscription|serial|complaint|request|incident|loyalty|registration',
  'kunden?|vertrags?|konto|mitglieds?|sendungs?|liefer|vorgangs?|fall|referenz|buchungs?|versicherungs?|beleg|serien|bestell|rechnungs?|auftrags?|reklamations?|retouren|kd',
  'client|compte|contrat|dossier|référence|livraison|membre|série|retour|transaction',
  'cliente|cuenta|contrato|referencia|caso|entrega|socio|conta|protocolo|referência|pratica|contratto|conto|riferimento|consegna',
  'klant|rekening|contract|referentie|levering|lidmaatschap|bestel|factuur|order|dossier',
  'kund|konto|avtals?|kunde|klanto|asiakas|klienta|klient|umow[ay]|zákazníka|smlouvy|ügyfél|müşteri',
  'клиента|договора|лицевой|отправления|обращения|πελάτη',
].join('|')

const NUMBER_WORD =
  'number|numbers|num|no|nos|nr|nbr|id|ids|code|ref|reference|nummer|nummern|numéro|numéros|numero|número|numer|numeru|číslo|čísla|numărul|szám|száma|numarası|no\\.?lu|nomor|номер|номера|αριθμός|αρ|nro|key'
const NUMBER_SIGN = '#|n\\.? ?[°ºo]\\.?'
const COPULA =
  'is|was|are|were|of|with|for|my|the|called|under|ist|war|lautet|sind|mit|meine|die|est|sont|es|son|é|e|è|sono|zijn|är|er|on|jest|to|это|είναι'

const GAP = String.raw`[\s.:#=('"«*\-–]{0,3}`
const TAIL = String.raw`[\s.:#№=('"«*\[\-–]{0,4}$`
const filler = (words: string): string => `(?:${GAP}(?:${words})(?![\\p{L}\\p{N}])){0,3}`

const anchored = (source: string): RegExp => new RegExp(source, 'iu')

/** `order no. `, `Bestell-Nr.: `, `n° de commande `, `ticket #`, `customer ID is `, `订单号：` right before the number. */
export const NUMBER_OF = anchored(
  [
    String.raw`(?<![\p{L}\p{N}])(?:${THINGS}|${HOLDERS})(?:${filler(COPULA)}${GAP}(?:${NUMBER_WORD})(?![\p{L}\p{N}])\.?|[\s-]?(?:${NUMBER_SIGN}))${filler(COPULA)}${TAIL}`,
    String.raw`(?<![\p{L}\p{N}])(?:${THINGS}|${HOLDERS})-?s?-?(?:nummern?|nr|no|numero|szám|numre?r?)(?!\p{L})${filler(`${COPULA}|${NUMBER_WORD}`)}${TAIL}`,
    String.raw`(?:${NUMBER_WORD}|n[°º])\.?\s?(?:of|de|du|d|del|della|dell|da|do|van|von|der|di|für|for)?\s?(?:l|la|the|my|el|mi)?['’\s]{0,2}(?:${THINGS}|${HOLDERS})${filler(COPULA)}${TAIL}`,
    String.raw`(?:订单|訂單|单号|單號|運單|快递单|物流|客户|发票|注文|伝票|追跡|お客様|会員|予約|請求書|주문|송장|운송장|고객|예약|طلب|الطلب|طلبية|فاتورة|الفاتورة|العميل|سفارش|مشتری|הזמנה|חשבונית|לקוח|ऑर्डर|ग्राहक|बिल|คำสั่งซื้อ|ออเดอร์)(?:号码|号|编号|號碼|號|番号|번호|رقم|نمبر|नंबर|संख्या|หมายเลข|מספר|ID)?(?:\s?(?:是|为|は|が|는|은|هو|है|คือ|הוא))?[\s:：#=("]{0,3}$`,
    String.raw`(?:رقم|شماره|מספר|نمره)\s(?:ال)?(?:طلب|طلبية|فاتورة|شحنة|تتبع|سفارش|מעקב|הזמנה|ההזמנה|לקוח|חשבונית)\p{L}{0,3}[\s:：#=(]{0,3}(?:هو\s)?$`,
  ].join('|'),
)

/** `order `, `Rechnung: `, `tracking ` right before the number. */
export const ORDER_WORD = anchored(String.raw`(?<![\p{L}\p{N}])(?:${THINGS})${filler(COPULA)}${TAIL}`)

/** `order from last week, ` in the same sentence before a number that is long enough to be nothing else. */
export const ORDER_BEFORE = anchored(
  String.raw`(?<![\p{L}\p{N}])(?:${THINGS})(?:(?:[^.!?\n\d\[\]]|\.(?=\S)){0,40}[\s(:#])$`,
)

/** ` is my order number` right behind the number. */
export const ORDER_BEHIND = anchored(
  String.raw`^['")\]]?\s?(?:[,=:-]\s?)?(?:\(|(?:is|was|ist|war|est|es|è|é|är|er|to|это)\s)?\s?(?:(?:the|my|our|your|an?|meine?|die|unsere|ma|la|mon|notre|mi|il|mio|o|meu|de|het|mijn|mein|min)\s)?(?:(?:${THINGS}|${HOLDERS})[\s-]?(?:${NUMBER_WORD})(?!\p{L})|(?:numéro|número|numero|nummer)\s(?:de|del|van|d['’])\s?(?:${THINGS}))`,
)

/**
 * Numbers that say themselves what they are: initials with a year (but not CVE and the names of standards), initials
 * that shops and desks use, UPS, UPU S10 (whose check digit is judged apart), DHL, Amazon's orders and parcels, eBay's
 * orders.
 */
export const ORDER_SHAPES =
  /^(?:(?!(?:CVE|CWE|ISO|IEC|DIN|EN|IEEE|ANSI|RFC|NIST|MS|KB|COVID|SARS|EU|EC)-)[A-Z]{2,6}[-/](?:19|20)\d\d[-/]\d{3,12}|(?:ORD|ORDER|INV|RMA|PO|SO|TKT|TICKET|CASE|CUST|REF|REQ|RITM|INC|TRK|SHP|BKG|RES|CMD|FAC|FACT|PED|RE|RG|KD|KDNR|BE|AB|LS)[-_#]?(?=[A-Z\d-]*\d{4})[A-Z\d]+(?:-[A-Z\d]+)*|1Z[A-Z\d]{16}|[A-Z]{2}\d{9}[A-Z]{2}|(?:JJD|JVGL)\d{10,20}|TBA\d{9,15}|\d{3}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5})$/
