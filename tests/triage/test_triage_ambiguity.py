"""AMB1–AMB23, row by row: the row applies to a sentence written for it, and its lead heads the suggestions."""

from __future__ import annotations

import pytest

from liandong.triage.router import Router

# row, sentence, unit that has to come first, units that have to be among the assisting
ROWS = [
    ("AMB1-fault", "我们这栋楼今天早上起就停电了，其他楼有电", "U-E", []),
    ("AMB1-complaint", "我要投诉供电公司，服务态度恶劣，报修三天没人理", "JX", []),
    ("AMB1-inner", "只有我家里的插座跳闸，屋头线路可能有问题", None, []),
    ("AMB2-fault", "自来水停水一天了，好久来水", "U-W", []),
    ("AMB2-complaint", "投诉自来水公司乱收费，态度差得很", "CG", []),
    ("AMB2-rural", "村里的人饮工程坏了，全社没得自来水吃", "SWJ", []),
    ("AMB2-lift", "小区加压泵坏了，高楼层没水，物业不修", "GT", ["U-W"]),
    ("AMB3-supply", "天然气停气了，啥时候恢复", "U-G", []),
    ("AMB3-complaint", "投诉港华燃气公司强制卖保险，服务差", "JX", []),
    ("AMB3-bottled", "液化气送气站涨价，罐装气还不够秤", "JX", []),
    ("AMB3-bottled-illegal", "有人无证卖坛子气，私自倒灌", "JX", ["AJ"]),
    ("AMB4-blocked", "街上下水道堵了，污水冒出来", "CG", []),
    ("AMB4-construction", "工地施工把排水管堵了，积水排不出去", None, ["CG"]),
    ("AMB5-permit", "开发商没按规划许可修，违章搭建了一层", "GH", []),
    ("AMB5-town", "楼顶有人违章搭建彩钢棚", None, ["CG"]),
    ("AMB5-rural", "村里有人在承包地上违法建设，修房子", "GT", []),
    ("AMB6-food", "馆子头吃出蟑螂，卫生差", "SY", []),
    ("AMB6-drug", "药店卖过期药片", "SY", []),
    ("AMB6-factory", "有个小厂生产的插座质量不合格", "ZJ", ["GS"]),
    ("AMB6-shop", "在商场买的鞋子是假货，老板不认账", "GS", []),
    ("AMB7-price", "剪头发没有明码标价，结账多收钱", "FG", []),
    ("AMB7-promo", "超市虚假宣传打折，先涨价后打折", "GS", []),
    ("AMB7-taxi", "出租车不打表，乱收费", "JT", ["FG"]),
    ("AMB7-medical", "医院检查费多收，收费不合理", "WJ", ["FG"]),
    ("AMB7-property", "物业费涨价没得通知", "GT", ["FG"]),
    ("AMB8-quality", "开发商交的新房漏水，墙体开裂", "CJ", ["GT"]),
    ("AMB8-sale", "楼盘交了定金，开发商不退，合同也不签", "GT", []),
    ("AMB8-ad", "楼盘广告宣传单说是学区房，结果不是，虚假广告", "GS", ["GT"]),
    ("AMB9-highway", "国道上有很多大坑，路烂得很", "JT", []),
    ("AMB9-street", "滨河路人行道地砖烂了", "CG", []),
    ("AMB9-village", "隆盛的村道塌了半边，路烂得没法走", "JZ-500110115", ["JT"]),
    ("AMB10-industrial", "隔墙的厂机器噪音大，轰轰响", "HB", []),
    ("AMB10-construction", "工地晚上打桩噪声大", "CJ", ["CG", "HB"]),
    ("AMB10-social", "楼下广场舞音响太大，吵得睡不着", "GA", ["HB"]),
    ("AMB11-wages", "老板拖欠工资三个月不给钱", "RS", []),
    ("AMB11-construction", "工地包工头欠薪，农民工工资没结", "RS", ["CJ"]),
    ("AMB12-dispute", "医生误诊了，医院不肯谈，医患扯皮", "WJ", []),
    ("AMB13-school", "小学老师体罚学生", "JW", []),
    ("AMB13-food", "学校食堂的饭菜吃出虫，卫生差", "SY", ["JW"]),
    ("AMB13-ill", "学校里几个学生得了水痘，传染了好几个", "WJ", ["JW"]),
    ("AMB13-fee", "幼儿园收费涨价没得公示", "JW", ["FG"]),
    ("AMB14-forest", "有人在林区野炊生火", "LY2", []),
    ("AMB15-sign", "屋后山体有裂缝，请来看一下监测", "GT", []),
    ("AMB16-event", "河道里发现死鱼，河水变色", "HB", ["SWJ"]),
    ("AMB17-vagrant", "桥洞下住了个流浪汉，请救助站来看看", "MZ", []),
    ("AMB18-petition", "我的信访件几个月没答复", "XF", []),
    ("AMB19-move-car", "麻烦通知车主移车，他的车挡住车库门口", "GA", []),
    ("AMB19-parking", "路口天天违停，乱停乱放没人管", "GA", ["CG"]),
    ("AMB19-dog", "三江有人养狗不拴绳，请管一下", "JZ-500110003", ["CG"]),
    ("AMB19-neighbour", "东溪这边邻居两家为屋檐水扯皮，想请人调解", "JZ-500110109", []),
    ("AMB19-family", "兄弟分家闹矛盾，赶水这边请人调解", "JZ-500110110", ["MZ"]),
    ("AMB19-funeral", "公墓墓位咋个申请", "MZ", []),
    ("AMB20-park", "桥河工业园企业厂房的租金问题", "YQ-qiaohe", []),
    ("AMB21-village", "永新村委会的低保关系户问题，村务不公开", "JZ-500110113", []),
    ("AMB22-dispute", "几个部门踢皮球，都说不归他们管", "YJ", []),
    ("AMB23-market", "请问市场监管局负责啥子", "GS", []),
]


@pytest.mark.parametrize(("row", "text", "unit", "assist"), ROWS, ids=[row[0] for row in ROWS])
def test_row_applies_and_leads(
    router: Router, row: str, text: str, unit: str | None, assist: list[str]
) -> None:
    assert row in [applied.id for applied in router.rows(text)]
    answer = router.route(text)
    units = [one["unit"] for one in answer["suggestions"]]
    if answer["emergency"]["flag"] and units[0] == "GA" != unit:
        units = units[1:]  # danger is the police's first (R41); the row says who stands beside them
    if unit is not None:
        assert units[0] == unit
    assert set(assist) <= set(answer["assist"]) | {one["unit"] for one in answer["suggestions"][:2]}


def test_every_amb_number_has_a_sentence() -> None:
    assert {row[0].split("-")[0] for row in ROWS} == {f"AMB{number}" for number in range(1, 24)}


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("投诉供电公司抄表员态度恶劣还骂人", "U-E"),
        ("投诉自来水公司三番五次不接电话，推诿", "U-W"),
        ("投诉天然气公司刁难用户，不作为", "U-G"),
    ],
)
def test_object_of_a_complaint_never_leads(router: Router, text: str, company: str) -> None:
    """AMB1–AMB3: the same network word leads to the regulator once the company is complained of."""
    assert router.route(text)["suggestions"][0]["unit"] in ("JX", "CG")
    assert router.route(text)["suggestions"][0]["unit"] != company
