"""Names of persons in free text: told by the word before them or by the number after them.

There is no list of all names. A name is a surname and one or two characters more, where something says that a person
is named: 姓名, 联系人, 我叫 …; a relative or role followed by a name that ends there; a title or a telephone number
behind it. A name alone in a sentence is not found; the caller's own name is masked by ``masking.mask_names``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜"
    "倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游"
    "阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵欧解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟"
    "全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺阴"
)
_NOT_SURNAMES = frozenset("向于时全都来位沿植管单木计商连都花解强盖")
"""Surnames that are so much oftener something else that only an explicit 姓名 may introduce them."""
_COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "司徒",
    "夏侯",
    "长孙",
    "端木",
)
_NO_NAME = re.compile(
    "高中|高[度速层校考温压铁兴]|[应常][该当年常用届]|方[面便式向案法]|安[全装置排静心稳]|关[于心系注闭]|金[额融属桥]|于[是今]|"
    "石[油角壕头材]|何[时人处况必]|万[盛元一]|江[边西苏北津]|毛病|白[天色]|黄[色金]|马[上路]|牛奶|温[度泉]|康复|严[重格]|"
    "查[询看实处]|成[立都功为]|强烈|经[常]|易[燃]|文[明件化]|武[汉]|任[何务意]|项[目]|许[多可]|向[你您我政]|路[上边口灯面]|"
    "施工|金[钱]|车[辆位库主]|房[子屋东产]|古[南城]|明[天]|游[客戏]|华[为]|高[龄]|米|段[时]|周[边末围一二三四五六日]|"
    "申[请报诉领]|纪[委检]|查[明证]|成[员绩长]|曾[在到经向是被多]|费用|车[管胎]|房[内门款里外]|游行|孙[子女]|日期|严令|计生|全额|谢[谢您你]|常[委感见性客]|任[课职]|姓名|我是|党[委员支组校的]|路[过]|向村|[\u4e00-\u9fff]姓|[你您大]好|大家|各位|不详|匿名|本人|保密|未知|同上|无名|没有|暂无|来电|先生|女士|居民|群众|业主|负责|经理"
)
_STOPS = frozenset(
    "电话手机住家在的是男女因于身份证联系，已今现昨反要想说把被和与跟及等您你我他她也都就还又对从给向到来去这那有没不请年号岁"
)
"""Characters that rather begin the next word than end a name."""
_AFTER = (
    "电话",
    "手机",
    "联系",
    "住在",
    "身份证",
    "先生",
    "女士",
    "的电",
    "反映",
    "投诉",
    "举报",
    "来电",
    "求助",
    "今年",
    "称",
    "表示",
)
"""What a phrase after a name begins with."""
_HAN = r"\u4e00-\u9fff"
_TITLE = "先生|女士|小姐|同志|师傅|老师|大爷|大妈|大叔|阿姨|婆婆|太婆|大哥|大姐|经理|主任|书记|医生|校长"

# Explicit: what follows is a name.
_EXPLICIT = re.compile(
    "(?:姓名|联系人|联络人|我叫|本人叫|名字叫|名字是|名叫|户主|业主|房主|房东|租客|车主|机主|失主|当事人|投诉人|举报人|反映人|来电人|求助人|"
    "申请人|死者|伤者|患者|法人|法定代表人|负责人|经办人|签收人|收件人|老板|儿子|女儿|孩子|丈夫|妻子|老公|老婆|母亲|父亲|邻居|同事|朋友|经理|[妈爸婆爷哥姐弟妹](?=叫))"
    f"(?:(?:名字)?(?:叫做|叫|姓名)?[:：为是 ]{{0,3}})(?=[{_HAN}])"
)
_SURE = re.compile("叫|姓名|联系人|联络人|名字|名为|[:：]$")
_I_AM = re.compile(f"(?:我是|本人是|本人|我乃|我系)(?=[{_HAN}])")
_PHONED = re.compile(
    rf"([{_HAN}]{{2,4}}?)(?:[，,:： （(]{{0,2}})(?:的?(?:联系)?(?:电话|手机|方式)(?:号码|号)?(?:是|为)?[:： ]{{0,2}})?(?=(?:\+?86[- ]?)?1[3-9]\d[-\d ]{{8}}|1[3-9]\d\*{{4}}\d{{4}})"
)
_TITLED = re.compile(
    rf"(?:(?<=[找叫是给由和与跟对被向请的人员长主位名系])|(?<![{_HAN}]))([{_HAN}]{{2,4}})(?={_TITLE})"
)
# Every alternative begins with a plain character, so that the machine skips over all others.
_HINT = re.compile(
    "姓名|联系人|联络人|我叫|人叫|妈叫|爸叫|婆叫|爷叫|哥叫|姐叫|弟叫|妹叫|名字|名叫|我是|我系|我乃|本人|户主|业主|房主|房东|车主|机主|失主|"
    "租客|当事人|诉人|报人|映人|电人|助人|请人|办人|收人|件人|责人|法人|表人|死者|伤者|患者|老板|儿子|女儿|孩子|丈夫|妻子|"
    f"老公|老婆|母亲|父亲|邻居|同事|朋友|{_TITLE}|" + "|".join(f"1{n}" for n in range(3, 10))
)


def names(text: str) -> Iterator[tuple[int, int]]:
    """Spans of names in a text; possibly overlapping, in no order."""
    if not _HINT.search(text):
        return
    for match in _EXPLICIT.finditer(text):
        sure = _SURE.search(match[0]) is not None
        end = _listed(text, match.end()) if match[0].rstrip().endswith((":", "：")) else None
        end = end or _end(text, match.end(), sure=sure)
        if end:
            yield match.end(), end
    for match in _I_AM.finditer(text):
        end = _end(text, match.end(), sure=False)
        if end and text[end - 1] not in "人村镇店员户们部局校区县街社":
            yield match.end(), end
    for match in _PHONED.finditer(text):
        yield from _backwards(text, match.start(1), match.end(1))
    for match in _TITLED.finditer(text):
        yield from _backwards(text, match.start(1), match.end(1))


def surname(text: str, start: int) -> int:
    """How many characters of a surname stand at a place: 0, 1 or 2."""
    if text[start : start + 2] in _COMPOUND:
        return 2
    return int(text[start : start + 1] in _SURNAMES)


def _end(text: str, start: int, *, sure: bool) -> int | None:
    """Where the name that begins here ends; None when none begins. Not ``sure``: it has to end with the phrase."""
    width = surname(text, start)
    if not width or _NO_NAME.match(text, start) or (not sure and text[start] in _NOT_SURNAMES):
        return None
    given = start + width
    if not _is_han(text, given) or text[given] in "某先女小老":
        return None
    two, three = _ends(text, given + 1), _is_han(text, given + 1) and _ends(text, given + 2)
    if three and text[given + 1] not in _STOPS:
        return given + 2
    if two:
        return given + 1
    if not sure:
        return None
    # Nothing says where it ends: rather a character too many than a name half shown.
    return given + 1 if not _is_han(text, given + 1) or text[given + 1] in _STOPS else given + 2


def _ends(text: str, at: int) -> bool:
    """Whether a phrase ends here: the text's end, anything but Han, or a word that begins the next one."""
    return not _is_han(text, at) or text.startswith(_AFTER, at)


def _listed(text: str, start: int) -> int | None:
    """After a colon, two to four characters up to the next mark are a name whatever their surname."""
    end = start
    while _is_han(text, end) or (
        end > start and text[end : end + 1] in ("·", "•") and _is_han(text, end + 1)
    ):
        end += 1
    short = end - start <= 4 or "·" in text[start:end]
    return end if short and end - start >= 2 and not _NO_NAME.match(text, start) else None


def _backwards(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A name that ends where something personal follows: the longest that begins with a surname."""
    for length in (4, 3, 2):
        at = end - length
        if at < start or not surname(text, at) or length - surname(text, at) not in (1, 2):
            continue
        if _NO_NAME.match(text, at) or text[at] in _NOT_SURNAMES or text[at + 1] in "某先女":
            continue
        if text[at - 1 : at + 1] in ("主任", "前任", "现任", "到任", "请于"):
            continue
        if any(char in "的是打到拨" for char in text[at:end]):
            continue
        yield at, end
        return


def _is_han(text: str, at: int) -> bool:
    return "\u4e00" <= text[at : at + 1] <= "\u9fff"
