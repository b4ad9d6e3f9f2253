/**
 * What customers write, in many languages and in what they paste: at least 200 characters each, so that an estimate can
 * be held to it.
 */
export const SUPPORT_TEXTS: Record<string, readonly string[]> = {
  English: [
    "Hi there, I ordered a pair of running shoes nine days ago and the tracking page still says that the label was created. Nobody answers the phone, and the chat closes after two minutes. I don't mind waiting, but I would like to know whether the parcel exists at all. If it doesn't ship this week, please cancel it and refund me.",
    'omg thank you sooo much!! u guys fixed it in like 5 min, my old provider took 3 weeks lol. will def recommend to all my friends. one small thing tho, the app still logs me out every time i switch from wifi to mobile data, its a bit annoying but i can live with it tbh',
  ],
  German: [
    'Guten Tag, seit dem letzten Update lässt sich die App auf meinem Telefon nicht mehr öffnen. Ich habe sie bereits zweimal gelöscht und neu installiert, leider ohne Erfolg. Da ich darüber meine Stromrechnungen bezahle, brauche ich dringend eine Lösung. Können Sie mir bitte sagen, wann der Fehler behoben wird und ob mir Mahngebühren entstehen?',
    'Vielen Dank für die schnelle Rückerstattung! Das hätte ich ehrlich gesagt nicht erwartet. Die Kollegin am Telefon war ausgesprochen freundlich und hat mir die Vertragsverlängerung verständlich erklärt. So stelle ich mir Kundenbetreuung vor, weiter so und schöne Feiertage an das ganze Team.',
  ],
  French: [
    "Bonjour, j'ai reçu hier ma commande, mais il manque deux articles sur les cinq et l'un des verres est cassé. J'ai déjà envoyé des photos à votre service après-vente la semaine dernière et je n'ai toujours aucune réponse. Pourriez-vous me dire comment obtenir un remplacement sans devoir repayer les frais de port ?",
    "Merci infiniment pour votre aide, tout est rentré dans l'ordre. La conseillère a pris le temps de m'expliquer pourquoi le prélèvement avait été refusé et elle m'a même rappelé le lendemain pour vérifier que tout allait bien. C'est rare de nos jours, alors je tenais à le souligner.",
  ],
  Spanish: [
    'Buenas tardes, llevo tres semanas esperando que me devuelvan el dinero de un vuelo cancelado. Cada vez que llamo me dicen que el expediente está en revisión y que tenga paciencia. Necesito una fecha concreta, porque con ese dinero tengo que pagar el alquiler. Si no recibo respuesta pondré una reclamación oficial.',
    'Hola, quería daros las gracias por lo rápido que habéis cambiado la talla de la chaqueta. Me llegó al día siguiente y me queda perfecta. Además el envoltorio era precioso, así que la voy a regalar tal cual. Seguro que volveré a comprar con vosotros.',
  ],
  Portuguese: [
    'Bom dia, comprei um telemóvel na vossa loja há menos de um mês e a bateria já não dura nem quatro horas. Fui à assistência técnica e disseram-me que a garantia não cobre este tipo de avaria. Acho isto inaceitável e gostava de falar com um responsável, porque sou cliente há mais de dez anos.',
    'Oi, tudo bem? Queria saber se vocês conseguem mudar o endereço de entrega do meu pedido, porque acabei me mudando ontem e esqueci de atualizar o cadastro. O entregador já me ligou duas vezes e eu não sei o que fazer. Obrigada pela atenção!',
  ],
  Italian: [
    "Salve, ho provato più volte a disdire l'abbonamento dal sito ma ogni volta compare un messaggio di errore. Intanto mi avete addebitato un altro mese che non ho utilizzato. Vorrei il rimborso e la conferma scritta che il contratto è stato chiuso, altrimenti mi rivolgerò a un'associazione di consumatori.",
    "Buongiorno, volevo ringraziare il vostro tecnico che ieri è venuto a casa nostra nonostante la neve. In mezz'ora ha sistemato la caldaia e ci ha spiegato con pazienza come regolarla. I miei genitori sono anziani e per loro è stato un grande sollievo, complimenti davvero.",
  ],
  Dutch: [
    'Hallo, mijn pakket zou gisteren tussen twee en vier uur bezorgd worden, maar er is niemand langs geweest. Volgens de website was ik niet thuis, terwijl ik de hele middag op de bezorger heb zitten wachten. Kunnen jullie uitzoeken waar het nu is en het morgen opnieuw laten aanbieden? Alvast bedankt.',
  ],
  Polish: [
    'Dzień dobry, od wczoraj nie mogę zalogować się do swojego konta. Próbowałem zmienić hasło, ale wiadomość z linkiem nigdy nie przychodzi, nawet do folderu ze spamem. Mam tam ważne faktury, które muszę wysłać księgowej do końca tygodnia. Proszę o szybką pomoc, bo zaczynam się naprawdę denerwować.',
  ],
  Czech: [
    'Dobrý den, objednal jsem si u vás pračku a kurýr ji přivezl s promáčknutým bokem. Na místě jsem to reklamoval, ale řidič odmítl cokoliv zapsat do předávacího protokolu. Prosím o výměnu za nepoškozený kus, případně o přiměřenou slevu. Fotografie přikládám v příloze a těším se na vaši odpověď.',
  ],
  Swedish: [
    'Hej, jag har försökt få tag på er i flera dagar utan att lyckas. Mitt bredband har varit nere sedan i fredags och jag arbetar hemifrån, så det är ett stort problem för mig. Jag vill ha ersättning för de dagar som jag inte har kunnat använda tjänsten, och besked om när felet är åtgärdat.',
  ],
  Danish: [
    'Hej, jeg har modtaget en rykker for en regning, som jeg betalte for over en måned siden. Det er tredje gang, det sker, og jeg synes efterhånden, at det er ret pinligt. Kan I ikke sørge for, at jeres system bliver opdateret, så jeg slipper for at bruge tid på det hver eneste gang?',
  ],
  Finnish: [
    'Hei, tilasin teiltä lastenvaunut kolme viikkoa sitten, eikä niitä ole vieläkään näkynyt. Asiakaspalvelusta luvattiin soittaa takaisin, mutta kukaan ei ole ottanut yhteyttä. Vauva syntyy ensi kuussa, joten alkaa olla jo kiire. Voisitteko tarkistaa, missä toimitus viipyy, tai palauttaa rahat tililleni?',
  ],
  Hungarian: [
    'Jó napot kívánok! Tegnap megérkezett a csomagom, de sajnos nem azt a terméket küldték, amit megrendeltem. Szeretném visszaküldeni, viszont a honlapon nem találom, hogyan kell ezt elindítani. Kérem, írják meg, milyen címre adjam fel, és hogy ki fizeti a postaköltséget. Előre is köszönöm a segítséget.',
  ],
  Turkish: [
    'Merhaba, geçen hafta aldığım elektrikli süpürge iki gün sonra çalışmamaya başladı. Mağazaya götürdüğümde bana yetkili servise gitmem gerektiğini söylediler, servis ise üç hafta beklememi istiyor. Ürün garanti kapsamında olduğu için değişim talep ediyorum. Lütfen en kısa sürede bana dönüş yapın, teşekkürler.',
    'Selamlar, siparişimi verdikten hemen sonra adresimin yanlış olduğunu fark ettim ama sistem değiştirmeme izin vermiyor. Kargo yola çıkmadan düzeltebilir misiniz? Yeni adresi mesajla da gönderdim. Daha önce de yardımcı olmuştunuz, o yüzden size güveniyorum, şimdiden teşekkür ederim.',
  ],
  Romanian: [
    'Bună ziua, am plătit abonamentul pe un an întreg și după două luni mi s-a blocat accesul fără nicio explicație. Am scris de trei ori la adresa de suport și nu am primit niciun răspuns. Vă rog să îmi reactivați contul sau să îmi returnați banii pentru perioada rămasă, altfel voi depune o plângere.',
  ],
  Russian: [
    'Здравствуйте! Уже вторую неделю не могу получить посылку: в пункте выдачи говорят, что её нет, а в приложении написано, что она ждёт меня. На горячей линии каждый раз обещают перезвонить и не перезванивают. Пожалуйста, разберитесь наконец, где мой заказ, или верните деньги на карту.',
  ],
  Ukrainian: [
    'Добрий день! Хочу подякувати вашій службі підтримки за швидку допомогу. Учора ввечері зник доступ до особистого кабінету, і я дуже хвилювалася, бо там зберігаються всі мої документи. Оператор відповів за кілька хвилин і терпляче пояснив, що потрібно зробити. Тепер усе працює як слід.',
    'Доброго ранку, я вже тиждень не можу повернути кросівки, які не підійшли за розміром. На сайті кнопка повернення неактивна, а в чаті щоразу відповідає бот. Підкажіть, будь ласка, як мені оформити обмін і чи потрібно платити за доставку. Чек і коробку я зберегла.',
  ],
  Greek: [
    'Καλησπέρα σας, παρέλαβα σήμερα το δέμα μου αλλά το κουτί ήταν ανοιγμένο και έλειπε ο φορτιστής. Κάλεσα αμέσως στο κατάστημα και μου είπαν ότι δεν ευθύνονται αυτοί, αλλά η εταιρεία ταχυμεταφορών. Θα ήθελα να μου στείλετε το εξάρτημα που λείπει το συντομότερο δυνατόν. Ευχαριστώ πολύ.',
  ],
  Arabic: [
    'السلام عليكم، طلبت جهازا من موقعكم قبل أسبوعين ولم يصلني حتى الآن. كلما اتصلت بخدمة العملاء يقولون لي إن الشحنة في الطريق، لكن رقم التتبع لا يعمل. أرجو منكم التأكد من حالة الطلب وإبلاغي بموعد التسليم، وإلا فأرجو إلغاء الطلب وإعادة المبلغ كاملا إلى حسابي.',
  ],
  Persian: [
    'سلام، من دو هفته پیش از فروشگاه شما یک گوشی خریدم، ولی از همان روز اول صدای بلندگو مشکل دارد. چند بار با پشتیبانی تماس گرفتم و هر بار گفتند که همکاران بررسی می‌کنند، اما هیچ‌کس جواب درستی نداد. لطفاً یا دستگاه را عوض کنید یا پول من را برگردانید. ممنون می‌شوم سریع‌تر پیگیری کنید.',
  ],
  Hebrew: [
    'שלום רב, הזמנתי אצלכם ספה לפני חודשיים והובטח לי שהיא תגיע תוך שלושה שבועות. עד היום לא קיבלתי שום עדכון, ובכל פעם שאני מתקשר מעבירים אותי ממחלקה למחלקה. אני מבקש תשובה ברורה מתי תהיה האספקה, או לחלופין ביטול העסקה והחזר כספי מלא. תודה על הטיפול.',
  ],
  Hindi: [
    'नमस्ते, मैंने पिछले हफ्ते आपकी वेबसाइट से एक मिक्सर खरीदा था, लेकिन वह पहले ही दिन खराब हो गया। मैंने कई बार ग्राहक सेवा को फोन किया, पर हर बार यही कहा जाता है कि दो दिन और इंतजार कीजिए। कृपया मेरा सामान बदल दें या मेरे पैसे वापस कर दें। आपकी सहायता के लिए धन्यवाद।',
  ],
  Bengali: [
    'নমস্কার, আমি গত সপ্তাহে আপনাদের কাছ থেকে একটি শাড়ি কিনেছিলাম, কিন্তু রং ছবির সঙ্গে একেবারেই মিলছে না। ফেরত দেওয়ার জন্য আবেদন করেছি, এখনও কেউ যোগাযোগ করেনি। দয়া করে তাড়াতাড়ি জানাবেন কবে কুরিয়ার এসে জিনিসটা নিয়ে যাবে এবং কবে আমি টাকা ফেরত পাব।',
  ],
  Thai: [
    'สวัสดีค่ะ สั่งซื้อรองเท้าไปเมื่อสัปดาห์ที่แล้วแต่ยังไม่ได้รับสินค้าเลย เช็คสถานะแล้วขึ้นว่าจัดส่งสำเร็จทั้งที่ไม่มีใครมาส่งที่บ้าน โทรไปที่บริษัทขนส่งก็ไม่มีคนรับสาย รบกวนช่วยตรวจสอบให้หน่อยนะคะ ถ้าของหายจริง ๆ อยากขอเงินคืนหรือให้ส่งคู่ใหม่มาให้ภายในสัปดาห์นี้ ขอบคุณมากค่ะ',
  ],
  Vietnamese: [
    'Chào shop, mình đặt hàng từ tuần trước mà đến hôm nay vẫn chưa thấy giao. Mình gọi tổng đài mấy lần đều bận máy, nhắn tin cũng không ai trả lời. Shop kiểm tra giúp mình xem đơn hàng đang ở đâu với, nếu hết hàng thì cho mình xin lại tiền cọc nhé. Mình cần gấp để làm quà sinh nhật cho mẹ.',
  ],
  Indonesian: [
    'Selamat siang, saya mau menanyakan soal tagihan internet bulan ini yang tiba-tiba naik hampir dua kali lipat. Padahal saya tidak pernah mengubah paket langganan. Tolong dicek apakah ada kesalahan dalam perhitungan, dan kalau memang salah mohon segera diperbaiki sebelum tanggal jatuh tempo. Terima kasih banyak.',
  ],
  Japanese: [
    'お世話になっております。先日そちらで購入した炊飯器ですが、三回使っただけで電源が入らなくなりました。説明書の通りに操作していますし、コンセントも別の場所で試しました。保証期間内だと思いますので、交換または修理をお願いできますでしょうか。返送する場合の送料についても教えていただけると助かります。週末に来客の予定があり、できれば金曜日までに届くとありがたいです。お忙しいところ恐れ入りますが、どうぞよろしくお願いいたします。',
  ],
  Korean: [
    '안녕하세요, 지난주에 주문한 노트북을 어제 받았는데 화면 오른쪽에 줄이 가 있습니다. 고객센터에 전화했더니 상담원 연결까지 삼십 분이나 걸렸고, 결국 담당자가 아니라는 말만 들었습니다. 교환이 가능한지, 가능하다면 언제쯤 새 제품을 받을 수 있는지 알려 주세요. 다음 주에 출장이 있어서 꼭 필요합니다. 빠른 답변 부탁드립니다. 참고로 포장은 뜯었지만 제품은 한 번도 켜지 않았습니다.',
  ],
  Chinese: [
    '您好，我上周在你们网店买的空气净化器到现在还没有发货。页面上写的是四十八小时之内发货，已经过去整整六天了。我联系过在线客服三次，每次都说会帮我催一下仓库，之后就没有任何消息了。如果今天再不发货，请直接给我退款，我去别家买。另外，当时下单的时候送的优惠券也没有到账，希望你们一并处理，不要再让我一遍又一遍地重复同样的问题。我是你们的老顾客了，以前的服务一直很好，这次真的让人很失望，希望能够认真对待，谢谢。',
  ],
  'traditional Chinese': [
    '您好，我昨天收到貴公司寄來的咖啡機，可是打開之後發現水箱有裂痕，一加水就漏得到處都是。我已經拍了照片和影片，也照著網站上的說明填寫了退換貨表格，但是系統一直顯示錯誤，沒有辦法送出。請問可以直接用電子郵件申請嗎？如果可以換一台新的，我願意再等幾天；如果沒有庫存的話，麻煩你們儘快退款到我的信用卡。順便一提，包裝盒也壓得很扁，建議你們以後多放一些緩衝材料。謝謝你們的協助，期待早日收到回覆，也祝一切都順利。',
  ],
  'code and a stack trace': [
    "TypeError: Cannot read properties of undefined (reading 'total')\n    at renderCart (/srv/shop/src/cart/render-cart.js:42:19)\n    at async handleRequest (/srv/shop/src/server.js:118:7)\n\nconst total = items.reduce((sum, item) => sum + item.price * item.quantity, 0)\nif (total > limit) {\n  throw new RangeError(`total ${total} is over the limit`)\n}\nreturn { items, total, currency: 'EUR' }",
  ],
  JSON: [
    '{"order":{"status":"shipped","carrier":"express","items":[{"sku":"TS-100-BLK","name":"T-shirt, black","quantity":2,"unit_price":19.9},{"sku":"MUG-7","name":"Mug","quantity":1,"unit_price":8.5}],"address":{"city":"Utrecht","country":"NL"},"created_at":"2026-11-20T08:15:30Z","paid":true,"note":null}}',
  ],
  URLs: [
    'I tried https://shop.example.com/de/account/orders?page=2&sort=date and https://help.example.com/articles/how-do-i-return-an-item#step-3 but both redirect me to https://www.example.com/login?next=%2Faccount%2Forders&session=expired. The link in your mail, http://track.example.net/t/a8f3e1c9, is dead as well.',
    'Checkout fails on https://store.example.org/cart/checkout, the console shows 404 for https://cdn.example.org/assets/js/app.min.js and https://cdn.example.org/assets/css/main.css. It works on https://m.example.org. Screenshots are at https://files.example.org/s/screenshots and www.example.org/support/forum/topic-of-the-week.',
  ],
  digits: [
    'Meter readings: 2026-01-31 10482.5, 2026-02-28 10777.9, 2026-03-31 11041.2, 2026-04-30 11238.0, 2026-05-31 11390.7. Charged: 129.90, 129.90, 134.50, 134.50, 1298.00 EUR. Paid on 03.02.2026 09:14, 04.03.2026 18:02 and 02.04.2026 07:55; phone 0301 5550123, reference 7781 2093 4410.',
  ],
  emoji: [
    "Best day ever 🎉🎉🎉 the parcel came a day early and the kids are so happy 😍😍 thank you thank you thank you 🙏❤️ the colour is even nicer than in the photos 👌✨ only the box was a bit crushed 📦😅 but who cares 🤷‍♀️ you'll see me again soon 😊👍🔥 greetings from sunny Lisbon ☀️🌊🇵🇹",
  ],
  'a form': [
    'Name: withheld\n\nProduct:\t"Comfort 300" heater\nBought:\tOctober\n\nWhat happened?\n- it makes a loud, rattling noise (mostly at night)\n- the display shows "E4"\n- after 20 min. it switches off\n\nWhat do you expect from us?\n>> a new one, or my money back!!! <<\n\n*** sent from the contact form ***',
  ],
}
