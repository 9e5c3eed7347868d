"""A district small enough to learn in a second: three units with twenty texts each, and twelve dangers of the police."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from liandong.triage import features, learn
from liandong.triage.encoder import Encoder
from liandong.triage.learn import Example
from liandong.triage.model import Model
from liandong.triage.weights import Blend

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"

CG = """
菜市口的垃圾堆起几天没人来清运
我们楼下垃圾桶满了，臭得遭不住
垃圾车天天半夜来收垃圾，洒得一路都是
巷子头建筑垃圾倒了一大堆
滨河路路灯熄了好多盏
公园门口的路灯白天也亮起
过街天桥下的路灯一闪一闪的
学校门口那排路灯坏了没人修
街边摆摊的把人行道占完了
烧烤摊占道摆到马路上来了
水果摊天天占道，走路都走不过
卖菜的流动摊贩占了盲道
公厕没得人打扫，脏得很
广场那个公厕锁起不开门
公厕里头的灯坏了，垃圾也没人收
绿化带的树子把路灯遮完了
街上的牛皮癣小广告贴得到处都是
楼道墙上全是小广告，清了又贴
洒水车把垃圾冲到下水口了
环卫工人把垃圾扫到绿化带里头
""".strip().splitlines()
SWJ = """
从昨天起屋头就停水了
停水三天了也没见通知
自来水管爆了，水流了一路
家里水压太低，热水器打不燃
水费比上个月多了一倍，想查水表
水表不转了，水务公司不来换
自来水浑得很，有泥沙
放出来的水发黄，有股漂白粉味
河道里头倒满了渣渣
有人在河道边上挖沙
水库堤坝上有人开荒种菜
村里的自来水管网老是漏水
顶楼停水，楼下有水，水压不够
水管漏水漏到楼下邻居家了
消防栓一直在漏水没人管
供水公司说检修，停水没通知
水厂的水味道不对
河道洪水标尺被人拔了
乡下蓄水池的水管断了
抄水表的乱报数字，水费不对
""".strip().splitlines()
JW = """
老师在外头给学生补课收费
学校食堂饭菜差，学费还涨了
幼儿园一个月收两次伙食费
娃儿转学要啥子手续
小学报名要哪些材料
老师骂学生，娃儿不敢去读书
中学周末还在补课
学校乱收资料费
校车挤得很，学生都站起
民办学校退学不退学费
老师布置作业太多，写到半夜
高考加分政策想问一下
幼儿园老师不让娃儿午睡
课后服务费收得太高
学校的操场起灰，学生上体育课呛人
班主任要家长送礼
学区怎么划的，想晓得娃儿读哪个小学
家长会老师点名批评学生
学校不准学生在食堂外头吃饭
培训机构跑路了，学费退不到
""".strip().splitlines()
DANGER = """
屋头起火了，浓烟滚滚，快点来
楼上着火了，有人困在里头
油锅燃起来了，火扑不熄
山上起火了，火势大得很
有人拿刀在街上砍人，快来
两个人拿刀打起来了，在流血
一个男的拿刀追着人砍
有人要跳楼，站在楼顶边边上
一个女的坐在桥栏杆外头要跳河
煤气味大得很，有人昏倒了
屋里煤气中毒，喊不醒了
有人掉到河里头了，快来救人
""".strip().splitlines()
MATTER = {"CG": ("CG-01", "CG-02"), "SWJ": ("SWJ-02", "SWJ-04"), "JW": ("JW-01", "JW-02")}
TEXTS = {"CG": CG, "SWJ": SWJ, "JW": JW}

BLEND = Blend(2.0, 2.0, 0.3, 12.0, -8.0, 0.3, 0.5, 4.0, (-1.0, 2.0, 2.0, 1.5, 0.5, 0.5, 0.2), 0.5, 0.1, 0.95)
"""A judgement as training finds one."""


def examples() -> list[Example]:
    """Seventy-two texts: twenty of each unit under two matters, twelve dangers."""
    made = [
        Example(learn.phrase_id(text), text, MATTER[unit][at >= 10], unit, False)
        for unit, texts in TEXTS.items()
        for at, text in enumerate(texts)
    ]
    made += [Example(learn.phrase_id(text), text, "GA-18", "GA", True) for text in DANGER]
    return made


@cache
def syllables() -> features.Syllables:
    """How characters sound, read once in a process."""
    return features.sounds_of(learn.readings())


def model(version: str = "m1", encoder: Encoder | None = None) -> Model:
    """A model of the whole district, without a judgement of rules against model."""
    return learn.train(examples(), syllables(), {"version": version}, encoder)


def small_pack(target: Path) -> Path:
    """綦江's pack with the synthetic district for its phrasebook and without a model; its directory."""
    pack = target / "qijiang"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("phrasebook", "model", "samples"))
    (pack / "phrasebook").mkdir()
    shutil.copy(PACK / "phrasebook" / "index.toml", pack / "phrasebook" / "index.toml")
    sets = ['source = "tests"', "from = 2018-05-01"]
    for unit, texts in TEXTS.items():
        for part, matter in enumerate(MATTER[unit]):
            lines = "\n".join(texts[10 * part : 10 * part + 10])
            sets.append(f"[[set]]\nmatter = \"{matter}\"\ntexts = '''\n{lines}\n'''")
    lines = "\n".join(DANGER)
    sets.append(f"[[set]]\nmatter = \"GA-18\"\ndanger = true\ntexts = '''\n{lines}\n'''")
    (pack / "phrasebook" / "small.toml").write_text("\n".join(sets) + "\n", encoding="utf-8")
    return pack


def served_pack(target: Path, version: str = "base-small") -> Path:
    """``small_pack`` with a base model of the synthetic district, so that nothing has to be trained."""
    pack = small_pack(target)
    made = learn.train(
        examples(), syllables(), {"version": version, "phrasebook": "", "blend": BLEND.as_dict()}
    )
    made.save(pack / "model" / "base.npz")
    return pack
