"""Invented names as they occur in Phú Thọ: Kinh, Mường, Mông and Dao. Nobody of these names is meant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from school_portal.incidents.domain import Sex


@dataclass(frozen=True)
class People:
    """Surnames, and for each sex middle names and given names."""

    surnames: tuple[str, ...]
    middle: dict[Sex, tuple[str, ...]]
    given: dict[Sex, tuple[str, ...]]


def _people(surnames: str, female: tuple[str, str], male: tuple[str, str]) -> People:
    return People(
        tuple(surnames.split()),
        {Sex.FEMALE: tuple(female[0].split()), Sex.MALE: tuple(male[0].split())},
        {Sex.FEMALE: tuple(female[1].split()), Sex.MALE: tuple(male[1].split())},
    )


KINH = _people(
    "Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Lê Lê Phạm Hoàng Vũ Đỗ Đặng Phan Trịnh Cao Tạ Lương Chu Khuất Triệu",
    (
        "Thị Thị Thị Ngọc Thu Khánh Phương Thanh Quỳnh Minh Bảo",
        "Linh Trang Hương Nga Thảo Yến Vy Chi Hằng Ngân Huyền Nhung Trà Diệp Hiền Loan Thủy Quyên Uyên Giang",
    ),
    (
        "Văn Văn Đức Quang Minh Tuấn Hữu Gia Xuân Đình Mạnh Duy",
        "Huy Đạt Tùng Sơn Hải Phong Khánh Dũng Long Kiên Khôi Quân Thắng Hiếu Vinh Lâm Tú Cường Nghĩa Trung",
    ),
)
MUONG = _people(
    "Bùi Bùi Bùi Đinh Đinh Hà Hà Quách Bạch Phùng Hoàng",
    ("Thị Thị Thu Hồng Minh", "Xiêm Mến Thơm Nhàn Duyên Phượng Thúy Nguyệt Lưu Liễu Chuyên Oanh"),
    ("Văn Văn Công Đức Mạnh Minh", "Quyết Thiệp Hưng Chiến Tiệp Lực Nhiên Thuận Khởi Tuyển Dậu Thân"),
)
MONG = _people(
    "Sùng Khà Vàng Giàng Mùa Phàng Tráng",
    ("Y", "Múa Dợ Mỷ Dua Súa Chía Pàng Xía"),
    ("A", "Páo Lứ Màng Tếnh Chua Sình Dơ Phử"),
)
DAO = _people(
    "Triệu Bàn Đặng Lý Phùng Dương",
    ("Thị Mùi", "Pham Chạn Nhậy Lai Mán Phấy Sểnh"),
    ("Tài Tiến Kim Hữu", "Phin Phấu Sinh Quyên Nhất Chiêu Phúc"),
)
ETHNIC = (MUONG,) * 4 + (DAO, MONG)


def invent_name(
    random: Random, sex: Sex, *, ethnic_share: float = 0.2, avoid: Collection[str] = frozenset()
) -> str:
    """A name of which no part is one of the words to avoid.

    A reporter's own words are shown to her with each part of a name covered: "tâm lý" would lose its "lý".
    """
    while True:
        people = random.choice(ETHNIC) if random.random() < ethnic_share else KINH
        key = sex if sex is not Sex.UNKNOWN else random.choice((Sex.FEMALE, Sex.MALE))
        parts = [random.choice(names) for names in (people.surnames, people.middle[key], people.given[key])]
        if len(set(parts)) == len(parts) and not {part.lower() for part in parts} & set(avoid):
            return " ".join(parts)
