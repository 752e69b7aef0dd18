"""The computable conditions of the HL7 v2-to-FHIR guide ("IF OBR-11 NOT IN ("G","A") AND …") as a tree.

A tree is ("and"|"or", [tree…]), ("not", tree) or (test, path, argument) with test one of valued, in, count, longer.
A path is (segment or "", field, component, subcomponent); without a segment it is of the value at hand.
"""
import re

TOKEN = re.compile(r'"[^"]*"|\'[^\']*\'|[()]|,|=|>|<|[A-Za-z][A-Za-z0-9_/]*(?:[-.]\d+(?:\.\d+)*)?(?:\.[A-Za-z]+)?|\d+|\S')
PATH = re.compile(r"([A-Z][A-Z0-9]{0,2})[-.](\d+)(?:\.(\d+))?(?:\.(\d+))?$")


class Unreadable(Exception):
    pass


def tokens_of(text):
    text = re.sub(r"^\s*IF\b", "", text.strip(), flags=re.I)
    text = re.sub(r"\bPL(\d)\.NOT", r"PL.\1 NOT", text).replace("PRT-6 AREA", "PRT-6").replace(', X")', ', "X")')
    text = re.sub(r"(OBX-\d+)\s+COUNT\s*=\s*1", r"\1 LST.COUNT LESS THAN OR EQUALS 1", text)
    text = re.sub(r"(OBX-\d+)\s+COUNT\s*>\s*1", r"\1 LST.COUNT GREATER THAN 1", text)
    return TOKEN.findall(text)


class Parser:
    def __init__(self, text, own, is_segment):
        self.tokens, self.at, self.own, self.is_segment = tokens_of(text), 0, own, is_segment
        self.last = own

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead].upper() if self.at + ahead < len(self.tokens) else ""

    def skip(self, *words):
        while self.peek() in words:
            self.at += 1

    def parse(self):
        tree = self.expression()
        self.skip(")")
        if self.at != len(self.tokens):
            raise Unreadable(self.tokens[self.at])
        return self.complete(tree, None)[0]

    def expression(self):
        parts, word = [self.unit()], None
        while self.peek() and self.peek() not in (")", ","):
            if self.peek() in ("AND", "OR"):
                if word and word != self.peek():
                    parts = [(word.lower(), parts)]
                word = self.peek()
                self.at += 1
            else:
                word = word or "AND"
            parts.append(self.unit())
        return (word.lower(), parts) if word else parts[0]

    def unit(self):
        self.skip("IF")
        if self.peek() == "(":
            self.at += 1
            tree = self.expression()
            self.skip(")")
            return tree
        path = None
        found = PATH.match(self.tokens[self.at]) if self.at < len(self.tokens) else None
        if found:
            self.at += 1
            path = self.path_of(found)
        elif re.fullmatch(r"[A-Z][A-Z0-9]{2}", self.peek()) and self.peek() not in ("NOT", "AND") and not self.peek().startswith('"'):
            path = (self.peek(), 0, 0, 0)
            self.at += 1
        if path:
            self.last = path
        return self.tail(path or self.last, path is not None)

    def path_of(self, found):
        name, numbers = found[1], [int(each or 0) for each in found.groups()[1:]]
        if not self.is_segment:
            return ("", numbers[0], numbers[1], 0)
        if name in ("CWE", "CX", "XAD", "XON", "XTN", "PL", "XCN"):  # of the field of the row
            return (self.own[0], self.own[1], numbers[0], numbers[1])
        return (name, *numbers)

    def tail(self, path, has_path):
        negated = False
        while self.peek() in ("IS", "NOT", "DOES", "LST.COUNT", "ARE"):
            if self.peek() == "LST.COUNT":
                self.at += 1
                return self.count(path)
            negated ^= self.peek() == "NOT"
            self.at += 1
        word = self.peek()
        if word in ("VALUED", "VALUE", "EXIST"):
            self.at += 1
            tree = ("valued", path, None)
            if self.peek() == "AND" and self.peek(1) == "NOT" and self.peek(2).startswith('"'):
                self.at += 1
                return ("and", [tree, self.tail(path, True)])
        elif word == "EMPTY":
            self.at += 1
            tree, negated = ("valued", path, None), not negated
        elif word in ("EQUALS", "EQUAL", "="):
            self.at += 1
            self.skip("TO")
            found = PATH.match(self.tokens[self.at])
            if found:
                self.at += 1
                tree = ("same", path, self.path_of(found))
            else:
                tree = ("in", path, [self.string()])
        elif word == "IN":
            self.at += 1
            if self.peek() != "(":
                raise Unreadable("a list is expected")
            self.at += 1
            values = []
            while self.peek() != ")":
                values.append(self.string())
                self.skip(",")
            self.at += 1
            tree = ("in", path, values)
        elif word == "LENGTH":
            self.at += 3
            tree = ("longer", path, int(self.tokens[self.at]))
            self.at += 1
        elif word[:1] in "\"'" and word:
            tree = ("in", path, [self.string()])
        elif has_path:
            return ("open", path, None)  # "A AND B VALUED": takes what follows the next path
        else:
            raise Unreadable(word)
        return ("not", tree) if negated else tree

    def count(self, path):
        word = self.peek()
        if word == "EQUALS":
            self.at += 2
            return ("count", path, (1, 1))
        self.at += 2  # GREATER THAN, LESS THAN
        if self.peek() == "OR":
            self.at += 2
        self.at += 1
        return ("count", path, (2, 65535) if word == "GREATER" else (0, 1))

    def string(self):
        token = self.tokens[self.at]
        self.at += 1
        if token[0] not in "\"'":
            raise Unreadable(token)
        return token[1:-1]

    def complete(self, tree, following):
        """Gives each open path the test of the one behind it."""
        if tree[0] in ("and", "or"):
            done = []
            for part in reversed(tree[1]):
                part, following = self.complete(part, following)
                done.insert(0, part)
            return (tree[0], done), following
        if tree[0] == "open":
            if following is None:
                if tree[1][1] == 0:
                    return ("valued", tree[1], None), None
                raise Unreadable("a test is missing")
            return self.on(following, tree[1]), following
        return tree, tree

    def on(self, tree, path):
        return ("not", self.on(tree[1], path)) if tree[0] == "not" else (tree[0], path, tree[2])


def parse(text, own=("", 0, 0, 0), is_segment=True):
    try:
        return Parser(text, own, is_segment).parse()
    except IndexError:
        raise Unreadable(text) from None
