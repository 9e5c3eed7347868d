import pytest
from django.test import Client
from django.utils import timezone
from liandong.district.accounts import create_account
from liandong.engine import attachments
from liandong.casework import queries, history
from support import flow
pytestmark = pytest.mark.usefixtures("district")
def client(role, unit=None, name=None):
    c = Client(raise_request_exception=False); c.force_login(create_account(name or f"{role}-1", role, unit)); return c
def test_drop(policy):
    now=timezone.now(); no=flow.register(now, policy, "a"); flow.dispatch(no, now, policy)
    u=client("unit","CG","zhang")
    from django.core.files.uploadedfile import SimpleUploadedFile
    print(u.post(f"/cases/{no}/files", {"file": SimpleUploadedFile("e.txt", b"evidence")}).status_code)
    f=attachments.of_case(no)[0]
    jt=client("unit","JT","jt")
    print("other unit", jt.get(f"/cases/{no}/files/{f['id']}").status_code, jt.post(f"/unit/cases/{no}/files/{f['id']}/drop").status_code)
    print("drop", u.post(f"/unit/cases/{no}/files/{f['id']}/drop").content, len(attachments.of_case(no)))
def test_noversion(policy):
    now=timezone.now(); no=flow.register(now, policy, "a")
    d=client("desk","", "d1")
    r=d.post(f"/cases/{no}/do/amend", {"summary":"别的","reason":"x","key":"a"}); print("amend without version", r.status_code)
    r=d.post(f"/cases/{no}/do/amend", {"summary":"别的2","reason":"x"}); print("amend without key", r.status_code)
def test_lost_lead(policy):
    now=timezone.now(); no=flow.register(now, policy, "a"); flow.dispatch(no, now, policy)
    flow.do("recall", no, flow.DESK, now, policy, reason="x"); flow.dispatch(no, now, policy, unit="JT", matter="JT-01")
    u=client("unit","CG","zhang")
    for p in (f"/cases/{no}",f"/cases/{no}/work-order","/unit/?queue=waiting","/cases/","/cases/?format=csv",f"/unit/cases/{no}",f"/cases/{no}/do/note"):
        t=u.get(p, headers={"HX-Request":"true"}).content.decode(); print(p[-22:], "13812341234" in t, "张三" in t)
