import type { Phrasebook } from './phrasebook.ts'

export const english: Phrasebook = {
  greetings: ['Hi', 'Hello', 'Hi there', 'Hey', 'Good [morning|afternoon|evening]', 'Hello team', ''],
  signatures: ['Sent from my phone', 'Kind regards', 'Best', 'Regards, order {order}', 'Cheers'],
  topics: {
    billing: {
      ask: [
        'Could you [explain|tell me] what the [extra |]{amount} on [my latest invoice|invoice {invoice}] is for?',
        'I need [a copy of|the PDF for] invoice {invoice} with our VAT number on it.',
        'Can I change the [payment method|billing address|card] before the next charge on the {day}th?',
        'My card expired last month. Where do I update the payment details?',
      ],
      problems: [
        [
          'You charged me {amount} TWICE [this month|for order {order}|within {days} days] and nobody [noticed|cares|can explain why].',
          'You are right, the payment was taken twice. I have reversed {amount}; it should be back on your card within {days} working days.',
        ],
        [
          'Invoice {invoice} is [plain |simply ]wrong[ again|]: I never agreed to {amount}.',
          'I have corrected the line in question; the new version of invoice {invoice} is on its way to your inbox.',
        ],
        [
          'A payment of {amount} was taken from my account although I [paid|settled the invoice] {days} days ago. This is [outrageous|unacceptable].',
          'Your transfer and our charge crossed. I sent the {amount} back this morning.',
        ],
        [
          'Every single month I have to [fight over|dispute] the bill. The amounts are wrong and it is [exhausting|infuriating].',
          'I went through the last {months} invoices line by line, corrected them and attached a breakdown.',
        ],
      ],
      delight: [
        'The new invoices are [so much clearer|finally easy to read], thank you!',
        'Thanks for [correcting|sorting out] invoice {invoice} so [quickly|kindly]. Great work.',
        'Paying by direct debit was set up in two minutes, [love it|brilliant].',
      ],
    },
    refund: {
      ask: [
        'How long does a refund [usually |]take? I returned the {product} on the {day}th.',
        'Is the refund for order {order} paid to the card or as store credit?',
        'I cancelled order {order} before it shipped. When will I [see|get] the {amount} back?',
      ],
      problems: [
        [
          "I've been waiting {days} days for my {amount} refund. [Where is my money?|I want my money back NOW.|This feels like theft.]",
          'The refund of {amount} was approved today. Banks need up to {days} working days to show it.',
        ],
        [
          'You promised a refund for order {order} [weeks ago|last month] and I still have nothing. [Shameful.|I am done being patient.|Liars.]',
          'I see that the return of order {order} was scanned but never booked. I have booked it by hand and released the refund.',
        ],
        [
          'Store credit instead of a refund?! I [never agreed to that|did not ask for a voucher]. Terrible.',
          'I have turned the store credit back into a card refund of {amount}. I am sorry for the detour.',
        ],
        [
          'The refund was {amount} short and your system says the case is closed. [Ridiculous|Unbelievable|What a joke].',
          'Shipping was held back by mistake. The missing part is on its way, and the case is open again.',
        ],
      ],
      delight: [
        'The refund [arrived|was there] within {days} days, [no questions asked|faster than promised]. [Impressive|Really good service|Thank you]!',
        'I expected a fight over the {amount}, but your colleague refunded it on the spot. Wonderful!',
      ],
    },
    delivery: {
      ask: [
        'Where is my parcel? Order {order} [was supposed to arrive on the {day}th|has had no tracking update for {days} days].',
        'Can I [change the delivery address|pick a different delivery day|have it left with a neighbour] for order {order}?',
        'Do you [ship|deliver] the {product} to [islands|a parcel locker|an office address]?',
      ],
      problems: [
        [
          "Order {order} is {days} days late and the courier [claims nobody was home. I was home ALL day.|just threw it over the fence.|keeps 'losing' it.]",
          'The courier confirmed that order {order} is at the depot; it will be delivered [tomorrow|on the {day}th] between 9 and 12.',
        ],
        [
          'The tracking page has been lying to me for {days} days. "Out for delivery" - sure. [Pathetic.|I am furious.|Worst delivery ever.]',
          'The parcel counts as lost now, so I am sending a new {product} today by express at no cost.',
        ],
        [
          'My {product} was left in the rain [in front of the bins|at the wrong house] and is ruined.',
          'A new {product} leaves the warehouse today. Keep or throw away the wet one, as you like.',
        ],
        [
          'I paid {amount} for express shipping and it took {days} days. [A rip-off.|That is a disgrace.|Awful.]',
          'I have refunded the express fee and complained to the courier.',
        ],
      ],
      delight: [
        'Ordered [yesterday|on Sunday night], delivered this morning. [Wow|Amazing|Superb], thank you!',
        'The courier carried the {product} up to the fifth floor with a smile. [Please thank them|That made my day|Lovely service].',
        'The parcel came {days} days early and beautifully packed. Very happy.',
      ],
    },
    login: {
      ask: [
        'I [forgot my password|changed my phone] and the reset link [never arrives|goes to an old email address]. What now?',
        'How do I [turn on two-factor login|move my login to a new phone|sign in with a passkey]?',
        'My account says it is locked until the {day}th. Is that normal?',
      ],
      problems: [
        [
          "I've been locked out of my own account for {days} days and [the verification code never comes|your reset link is broken]. I can't work!",
          'The codes went to an old number ending in {digits}. I have removed it, so please sign in and add the new one.',
        ],
        [
          'Reset password. Wrong. Reset again. Wrong. [This login is a nightmare.|I hate this login page.|Who tests this garbage?]',
          'I have sent a fresh reset link; it is valid for {minutes} minutes, and the old ones are dead now.',
        ],
        [
          'Logged out every ten minutes since the update. [So annoying|It drives me mad|Absolutely useless].',
          'Please clear the cookies of {browser} once and sign in again; the old session was stuck.',
        ],
      ],
      delight: [
        'Passkey login is [fantastic|a joy], one touch and I am in.',
        'Got my account back within {minutes} minutes of writing to you. [Brilliant support|You saved my day], thanks!',
      ],
    },
    bug: {
      ask: [
        'The [export|search|calendar] in version {version} shows [an empty page|yesterday twice|only the first 50 rows]. Known issue?',
        'On {device} the app [does not load pictures|shows error {error}] when I open [settings|reports]. Can you have a look?',
        'I found a small bug: sorting by date puts {days} {month} at the end.',
      ],
      problems: [
        [
          'The app crashes EVERY time I open [reports|the basket|my profile] on {device}. Error {error}. [Fix it!|How did this pass testing?|Hopeless.]',
          'I could reproduce error {error} on {device}. A fix is in review and ships with the next release on the {day}th.',
        ],
        [
          'Version {version} deleted my [drafts|notes|saved filters]. {days} hours of work gone. I am [so angry|devastated|speechless].',
          'Our developers restored your data from last night; please check whether everything is there.',
        ],
        [
          'White screen, error {error}, for the {days}th day in a row. Your software is [broken|a mess|unusable].',
          'This is a known problem of version {version}. As a workaround, please [switch off the preview|use {browser}|start it once without a network].',
        ],
      ],
      delight: [
        'The crash on {device} is gone since {version}. [Thank you for fixing it so fast!|Great job, developers!|Perfect!]',
        'I reported the export bug on Monday and it was fixed by Wednesday. [Impressive|I love that|Kudos to the team].',
      ],
    },
    outage: {
      ask: [
        'Is the [service|dashboard|shop] down [at the moment|right now]? We get timeouts since {hour}:00.',
        'Your status page is green but nothing loads here. Is there an outage in our region?',
      ],
      problems: [
        [
          'Down AGAIN. Third outage this month, and our {count} people sit here doing nothing. [Unacceptable.|We are losing money every minute.|This is a disaster.]',
          'A faulty network change took us down for {minutes} minutes. It is rolled back, and you will get a credit of {amount}.',
        ],
        [
          'Your service was offline during our busiest hour and the status page said "all good". [Dishonest.|That is a scandal.|I am livid.]',
          'The status page did not see the failing region. It does now, and you will have our written report by the {day}th.',
        ],
      ],
      delight: [
        'The outage was short and your updates every ten minutes were excellent. [Respect.|That is how it should be done, thanks.]',
        'Everything is back and faster than before. Great work by the night shift!',
      ],
    },
    cancellation: {
      ask: [
        'Please cancel my {plan} plan at the end of the [month|period]. [No hard feelings.|I do not need it any more.|]',
        'How do I close my account [completely|and get my data]?',
        'I would like to cancel order {order}, ordered it by mistake.',
      ],
      problems: [
        [
          'I cancelled {days} days ago and you STILL charge me. [Let me go!|This is a trap, not a subscription.|Disgusting practice.]',
          'Your {plan} plan ended on the day you cancelled. I have sent back what was charged since then.',
        ],
        [
          'Cancelling takes a phone call, a form and a prayer. [Who designs such a horror?|Shame on you.]',
          'No call needed: I have cancelled it right here, the confirmation is in your inbox.',
        ],
        [
          'Your cancel button does not work, surely by accident. I am [fed up|sick of this].',
          'The button was indeed broken in version {version}. I have cancelled by hand, with the date of your first try.',
        ],
      ],
      delight: [
        'Cancelled with two clicks, no tricks, and a friendly goodbye. That is fair, [I will gladly come back|thank you].',
        'Thanks for cancelling order {order} so quickly, even though I was late. Very kind!',
      ],
    },
    returns: {
      ask: [
        'The {product} is too [small|large]. Can I exchange it for another size without paying return shipping?',
        'Where do I find the return label for order {order}?',
        'Can I return the {product} in [your shop|another country|its opened box]?',
      ],
      problems: [
        [
          'Wrong item AGAIN. I ordered a {product} in {color} and got something else twice. [Do you even look?|Incompetent.|How hard can it be?]',
          'The right {product} in {color} ships today, and here is a label for the wrong one.',
        ],
        [
          'You refuse my return because of a {days} day rule that is written nowhere. [Unfair|Shady|What a scam].',
          'I made an exception: please send the {product} back, shipping is on us.',
        ],
        [
          'The return label does not scan, the shop sent me away, and your chatbot is useless.',
          'Here is a new return label for order {order}; it also works as a code on your phone.',
        ],
      ],
      delight: [
        'The exchange was [so easy|painless]: new size at my door in {days} days. Love it.',
        'Returned the {product} without the box and you still accepted it, [how generous|thank you so much].',
      ],
    },
    product_quality: {
      ask: [
        'The {product} makes a [clicking|humming|squeaking] noise since last week. Is that normal or a defect?',
        'Is the {color} {product} [waterproof|safe for the dishwasher|made of real wool]?',
        'One screw is missing in the box of my {product}. Can you send one?',
      ],
      problems: [
        [
          'The {product} [broke after {days} days|fell apart in my hands|arrived scratched and dented]. [Cheap rubbish.|What poor quality for {amount}.|I feel cheated.]',
          'That is a defect and covered by the warranty. A replacement {product} leaves our warehouse [today|on the {day}th].',
        ],
        [
          'This is the second faulty {product} you send me. [Does anybody check these?|I have lost all trust.|Terrible, terrible quality.]',
          'I would like to offer {amount} back or a {product} that I have checked with my own hands, whichever you prefer.',
        ],
        [
          'The colour washed out the first time and ruined [my shirts|a whole load]. Awful!',
          'That must not happen. Please send a photo of the damage and I will file a claim over {amount} for you.',
        ],
      ],
      delight: [
        'I have used the {product} every day for {days} months and it is still [perfect|like new]. [Excellent quality!|Worth every cent.]',
        'The {color} {product} is even more beautiful than in the pictures. I am delighted!',
        'Honestly the best {product} I ever owned. Sturdy, quiet, [gorgeous|simple].',
      ],
    },
    pricing: {
      ask: [
        'Do you have a discount for [students|non-profits|{count} seats]?',
        'What would the {plan} plan cost for {count} people, paid yearly?',
        'My voucher code SPRING{digits} is not accepted at the checkout. Is it still valid?',
      ],
      problems: [
        [
          'A price increase of {amount} with {days} days notice? [Greedy.|That is outrageous for what you offer.|I am shocked.]',
          'I have locked your old price for another twelve months.',
        ],
        [
          'The price in the basket was higher than on the page. [Deceptive|Misleading|Dishonest] pricing, shame on you.',
          'The page was out of date. I have taken the difference off your order and had the page corrected.',
        ],
        [
          'New customers get half price and loyal ones pay more every year. [Insulting.|We feel stupid for staying.]',
          'You now get the price of new customers too, for a year.',
        ],
      ],
      delight: [
        'The student discount is super generous, [thank you|you are the best]!',
        'Even after comparing for weeks you are the best value. Happy to stay.',
      ],
    },
    subscription: {
      ask: [
        'What is the difference between the {plan} plan and the one above?',
        'Can I pause my subscription for [a month|the summer] instead of ending it?',
        'When does my trial end, and does it renew by itself?',
      ],
      problems: [
        [
          'My trial renewed for a whole YEAR without a reminder. {amount} gone. [Sneaky|Dishonest|Horrible].',
          'I have set the renewal back, refunded {amount} and switched on reminders for you.',
        ],
        [
          'I pay for the {plan} plan and since the update half of the features are locked. [Robbery.|I am really upset.]',
          'Those features belong to your plan. A switch was wrong in your account; please reload the page.',
        ],
        [
          'You moved me to another plan without asking. [How dare you?|Unacceptable.|I want out.]',
          'I have moved you back to the {plan} plan from today, without extra cost.',
        ],
      ],
      delight: [
        'Upgraded to the {plan} plan last week and it is [fantastic|exactly what we needed]. Great value!',
        'Pausing the subscription over the summer was so easy. [Smart feature, thanks|I appreciate it a lot]!',
      ],
    },
    security: {
      ask: [
        'I got an email about a login from [a city I have never been to|an unknown {device}]. Was that you or is it phishing?',
        'How do I see which devices are signed in to my account?',
      ],
      problems: [
        [
          'Somebody hacked my account and ordered a {product} for {amount}, and your hotline tells me to wait {days} days. [I am scared and angry.|Unbelievable.]',
          'I have stopped the order, signed out all devices and opened a fraud case. You will not pay the {amount}.',
        ],
        [
          'I reported fraud on order {order} and got a canned answer. [You do not care at all.|Appalling.]',
          'I am sorry for that answer. A colleague of the fraud team will call you today about order {order}.',
        ],
      ],
      delight: [
        'Your warning about the suspicious login stopped a thief in time. [Thank you so much!|I feel safe with you.]',
        'Kudos for blocking that fraud attempt within minutes, excellent security team!',
      ],
    },
    privacy: {
      ask: [
        'Under the GDPR I would like a copy of [all personal data|everything] you hold about me.',
        'Please delete my data and confirm it in writing.',
        'Do you share my [email address|location] with advertisers? I found nothing about consent in the settings.',
      ],
      problems: [
        [
          'I withdrew my consent {days} weeks ago and still get your newsletter every day. [Stop it!|This is illegal and annoying.]',
          'You are off all lists; one system still had the old setting.',
        ],
        [
          'Another customer could see MY address in their account. [How can that happen?|A total failure of privacy.|I am horrified.]',
          'I have locked the account view and reported the incident to our data protection officer, who will write to you within {days} days.',
        ],
      ],
      delight: [
        'Got my data export within a day, complete and readable. [Respect!|Very professional, thank you.]',
        'The new privacy settings are clear and honest. I really like that.',
      ],
    },
    integration: {
      ask: [
        'Our webhook gets [the same event twice|no retries after a 500|events out of order]. Is that by design?',
        'Which scopes does the API key need to [read orders|write contacts] through your endpoint?',
        'Is there an SDK for [Rust|Kotlin|Elixir], or should we generate one from the OpenAPI file?',
      ],
      problems: [
        [
          'Your API changed a field from number to string WITHOUT notice and broke our production for {minutes} minutes. [Amateurs.|Not acceptable.|We are furious.]',
          'The field is a number again since {hour}:00. We added a contract test so that it cannot happen again.',
        ],
        [
          'The documentation of the {feature} endpoint is wrong in every second line. {days} days wasted, so frustrating.',
          'You are right about the page. It is corrected, and I have attached a working example.',
        ],
        [
          'Rate limit errors at {count} requests per minute although we pay for more. [Poor.|That is a lie in your contract.]',
          'I have raised the limit to {count}0 requests per minute, as your contract says.',
        ],
      ],
      delight: [
        'We connected the {feature} API in one afternoon. Clear docs, great errors, [a pleasure|lovely work].',
        'Your webhook replay feature saved us after an incident. Awesome, thanks!',
      ],
    },
    how_to: {
      ask: [
        'How do I [export|import|share|archive] my {feature} from [the app|the website]?',
        'Where can I find the setting for [time zones|weekly reports|the language]?',
        'Is there a way to [merge two|copy a|undo the deletion of a] {feature}?',
      ],
      problems: [
        [
          'I searched your help pages for an hour to [share|export] a {feature}. [Why is that so hard?|Impossible to find anything.|What a maze.]',
          'Open it, click the three dots at the top right and choose Share. On {device} it is under More.',
        ],
        [
          'The tutorial shows buttons that do not exist in {version}. [Useless|So frustrating|A waste of time].',
          'The tutorial is for an older version. I have attached pictures from {version}.',
        ],
      ],
      delight: [
        'The new guide for {feature} is excellent, I had it running in {minutes} minutes.',
        'Your tip about keyboard shortcuts was gold. Love them, thanks!',
      ],
    },
    feature_request: {
      ask: [
        'Would be great if the {feature} had a dark mode[ and bigger fonts|].',
        'Feature request: let us [tag|filter|duplicate] a {feature} in bulk.',
        'Please add [offline support|an undo button|sorting by name] to the {feature}. Any plans?',
      ],
      problems: [
        [
          'For years people have asked for [bulk edit|an undo button] and you ignore all of us. [Disappointing.|Do you ever listen?|Sad.]',
          'It is planned for the version after {version}. Would you like to try the beta?',
        ],
        [
          'You removed the one {feature} view that worked. [Terrible decision.|Bring it back!|I hate the new one.]',
          'The old view is back under Settings, Labs, and it stays there.',
        ],
      ],
      delight: [
        'You built the {feature} filter I asked for! [I am thrilled|Best update ever|So happy], thank you.',
        'Dark mode, finally! It looks amazing at night.',
      ],
    },
    support_experience: {
      ask: [
        'Could somebody call me back between {hour}:00 and {hour}:30? [Chat is hard for me at work.|]',
        'Is there a way to reach a person instead of the chatbot?',
        'I wrote to your support team on the {day}th, ticket {invoice}. Any update?',
      ],
      problems: [
        [
          '{minutes} minutes on hold, then cut off. Then your chatbot told me to [call again|read the FAQ]. [Worst customer service ever.|I give up.|Unbelievable.]',
          'A colleague from the second line will call you today between {hour}:00 and {hour}:30.',
        ],
        [
          'Every agent tells me something different. Four agents, four answers, zero help. [Awful.|I am so tired of this.]',
          'I have taken over your ticket {invoice} myself and will stay with it until it is solved.',
        ],
        [
          'No reply for {days} days. Nobody answers the phone, nobody reads the tickets. Disgraceful.',
          'I am sorry for the silence. Your ticket {invoice} was in a queue nobody read; it is with me now.',
        ],
      ],
      delight: [
        'Your agent was [so patient|incredibly kind|a real expert] and did not give up until it worked. [Give that person a raise!|Five stars.]',
        'I have never had such a friendly and quick customer service. Thank you so much!',
      ],
    },
    praise: {
      ask: [
        'Where can I leave a review for the {product}? [It does what it should.|]',
        'Who do I write to if I want to commend an agent?',
      ],
      problems: [
        [
          'Your website begs for five stars before the {product} even arrives. [Annoying.|That is embarrassing.]',
          'Fair point. From now on we ask after the delivery.',
        ],
        [
          'I wrote you a nice review and you used it in an ad without asking me. Not nice at all, I am disappointed.',
          'The ad is taken down. You should have been asked, and I am sorry.',
        ],
      ],
      delight: [
        'Just wanted to say: the {product} is [amazing|fantastic|a little miracle] and your team is lovely!',
        'Three orders, three perfect deliveries. Well done, [keep it up|you are great]!',
        'My {relative} cried with joy over the {product}. Thank you, really.',
      ],
    },
  },
  vents: [
    'I expected [much |]better from you.',
    'I am a customer since [2019|2021|many years] and this is how you treat me?',
    'I will tell [everyone I know|my whole family|every friend].',
    'If this is not solved by [Friday|tomorrow|tonight] I am [gone|calling my bank|leaving].',
    'Do not send me another [template|copy-paste] answer.',
    'I have wasted {minutes} minutes on this already.',
  ],
  sarcasm: [
    'Oh great, another surprise. Exactly what my [Monday|week] was missing.',
    'Fantastic service, truly. I love doing your job for free.',
    'Wow, {days} days for nothing. You must be so proud.',
    'Congratulations on managing to make it even worse. Slow clap.',
    'Sure, take your time, it is only my money.',
    'Lovely. Simply lovely. I could not have ruined it better myself.',
  ],
  agentGreetings: [
    'Hello and thank you for [writing|contacting us|getting in touch].',
    'Hi, [thanks for your patience|thanks for reaching out].',
    'Good [morning|afternoon], I am taking care of this.',
    'I am sorry to hear that.',
    '',
  ],
  however: [
    'That is one side.',
    'That said:',
    'Sadly that is not all.',
    'Now the bad news.',
    'But there is another side.',
  ],
  asides: ['By the way:', 'One more thing.', 'While I am here:', 'A question, though.'],
  answers: [
    'I have set that up for you; the steps are in your inbox in case you need them again.',
    'Yes, that is possible. I have [added|opened] it in your account, please reload once.',
    'I have checked it: all is in order, and you will get a confirmation by the {day}th.',
    'You find it under Settings, [Workspace|Orders|Privacy]. I have attached a short guide.',
    'I have looked into it and written it all down for you, the mail should be there by now.',
    'I asked the team, and the answer is in the article linked below; I have checked that it fits your account.',
    'It is a matter of two clicks. I have attached pictures, [and I can do it for you|just ask] if you prefer.',
  ],
  remedies: ['I have put it right and will watch it myself.'],
  acknowledgements: [
    'Thank you for the kind words, I have read them to the whole team.',
    'How nice to hear! Messages like yours are rare here.',
    'That made somebody blush. I have passed it on.',
    'Thank you! May we show your words on our page?',
  ],
  inquiries: [
    ['Could you send me the order number, please?', 'It is {order}[, placed on the {day}th|, the {product}|].'],
    ['Which device and version are you using?', 'Sure: {device}, version {version}.'],
    ['Since when does it happen?', 'Since [about {days} days|the {day}th].'],
    ['To find it I need your postcode and the reference.', 'The reference is {invoice}, postcode {digits}.'],
    ['Could you send a screenshot?', '[Attached|Here it is]. It also says "{error}".'],
    ['What did you try so far?', 'I tried {browser} and my phone, same [result|thing] on both.'],
    ['Is this about the {product}?', 'Yes, that is right. The one in {color}, {amount}.'],
    ['May I ask for the last four digits of the card?', '{digits}. [Anything else you need?|]'],
    ['Did it happen before?', '[Once|Twice], in {month}.'],
  ],
  updates: [
    [
      'I have passed this on and will be back by the {day}th.',
      'Thanks, I will wait until then.',
      'By the {day}th?! It has been {days} days already.',
    ],
    [
      'A short update: my colleagues are still [checking|looking into it].',
      'No problem, take the time you need.',
      'Still nothing. [Are you serious?|This is getting ridiculous.]',
    ],
    [
      'I have taken over this case from my colleague and read the whole thread.',
      'Welcome. Nothing new from my side.',
      'Another agent, same story. [So frustrating.|I am losing patience.]',
    ],
    [
      'Could you try once more [in a private window|after a restart]?',
      'Tried it, it looks the same.',
      'I tried it, it does not work. [Of course.|As expected.|What now?]',
    ],
    [
      'Could you send the screenshot once more?',
      'Here it is again.',
      'I already sent that. Twice. Please READ the thread.',
    ],
    [
      'I am sorry that it takes so long. I have raised the priority.',
      'I appreciate it.',
      'Priority? It does not feel like priority at all.',
    ],
    [
      'The team has asked for the exact time it happened.',
      'At {hour}:{minutes}, on the {day}th.',
      'At {hour}:{minutes}, as I wrote in my FIRST message.',
    ],
    [
      'I have set a reminder and will write again tomorrow in any case.',
      'Tomorrow works for me.',
      'You said tomorrow. Tomorrow was {days} days ago.',
    ],
    [
      'We are testing a correction with a few customers; may I include your account?',
      'Yes, please include my account.',
      'I do not want tests, I want a solution.',
    ],
    [
      'Thank you for the file, it helped us a lot.',
      'Glad to hear. What is the next step?',
      'Then why does nobody feel responsible for this?',
    ],
    [
      'My shift ends here; a colleague continues with the same ticket {invoice}.',
      'Understood, good evening.',
      'Here we go again. This thread is longer than my contract.',
    ],
    [
      'I asked for an exception and expect an answer today.',
      'That would be kind.',
      'You should not need an exception for your own mistake.',
    ],
    [
      'The form is in your inbox, it only needs a signature.',
      'Signed and sent back.',
      'Wrong form. That is not even my name!',
    ],
    [
      'Here is a link where you can follow the progress.',
      'Got it, the link opens.',
      'The link you sent is broken. [Great.|Typical.]',
    ],
    [
      'I tried to call you and did not get through.',
      'After {hour}:00 works better for me.',
      'My phone did not ring once. Hello?? Is anybody there?',
    ],
    [
      'We are nearly there, thank you for your patience.',
      'Okay, noted.',
      'Please stop thanking me and do something. I am really disappointed, and tired.',
    ],
    [
      'One last check is missing on our side.',
      'All right.',
      'My {relative} is waiting for this and I look like a fool.',
    ],
  ],
  reactions: {
    positive: [
      'That worked, thank you [so much|very much]!',
      'Perfect, [thanks for the quick help|you are a star|great service]!',
      'Oh wonderful, [it is here|I see it now|problem solved]. You made my day.',
      'Excellent, I am [really happy|impressed|delighted]. Thanks!',
      'Brilliant! I did not expect it to be that [easy|fast].',
    ],
    neutral: [
      'Okay, I will [try that|wait for it|check tomorrow].',
      'Understood.',
      'I see. Then I will do it that way.',
      'Okay. Please close the ticket.',
      'All right, noted. Nothing else from my side.',
    ],
    negative: [
      'That does not help [me |]at all. I already tried it, [twice|as I wrote above].',
      'So nothing happens until the {day}th? [Ridiculous.|That is a bad joke.|I am really disappointed.]',
      'I am sorry, but this is [a terrible answer|not good enough|simply unacceptable].',
      'No. I want [my money back|a manager|this fixed today]. I am angry.',
      'Forget it. I [am leaving|will order elsewhere|will dispute the payment]. Awful experience.',
    ],
  },
  agentClosings: [
    'You are welcome. Is there anything else I can do?',
    'I will keep an eye on it and write if anything changes.',
    'I close the ticket for now; a reply opens it again.',
    'Thank you for your patience, and have a [good|calm] day.',
    'I understand that this is not what you hoped for, and have passed your words on to the team lead.',
  ],
  farewells: {
    positive: [
      'No, all good. Thanks again, [have a great day|you were lovely]!',
      'That was all, thank you!',
      'You too, bye and thanks!',
    ],
    neutral: ['No, that was all.', 'Okay, bye.', 'Will do.'],
    negative: [
      'We will see. I do not believe it any more.',
      'Whatever. Bad service stays bad service.',
      'I will post this as a review. Goodbye.',
    ],
  },
  slots: {
    amount: ['$9.99', '$24.50', '$79', '$129.00', '$310', '€18.90', '€49', '€240.00', '£35', '£112.40'],
    product: [
      'kettle',
      'desk lamp',
      'rain jacket',
      'running shoes',
      'office chair',
      'backpack',
      'blender',
      'wool blanket',
      'keyboard',
      'bike light',
      'coffee grinder',
      'bookshelf',
      'headphones',
      'tent',
      'baby monitor',
      'garden hose',
    ],
    color: ['blue', 'dark green', 'black', 'sand', 'red', 'grey'],
    plan: ['Free', 'Plus', 'Team', 'Business'],
    feature: ['report', 'calendar', 'board', 'address book', 'dashboard', 'template', 'form'],
    device: ['a new phone', 'an older tablet', 'my laptop', 'the desktop app', 'my work computer', 'the TV app'],
    browser: ['another browser', 'a private window', 'the mobile browser'],
    relative: ['mother', 'son', 'partner', 'neighbour', 'boss', 'grandfather'],
    month: ['March', 'June', 'August', 'October'],
  },
  emoji: {
    positive: ['😊', '🎉', '👍', '❤️', '🙌', '🥳', '⭐⭐⭐⭐⭐'],
    neutral: ['🙂', '🤔', ''],
    negative: ['😡', '🙄', '😤', '👎', '😭', '🤦'],
  },
}
