class SearchDisplay: pass
